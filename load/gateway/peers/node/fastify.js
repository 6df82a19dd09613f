// fastify as a peer: token kept once verified, a limit for each subject, its own request log to a file.
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import jwt from '@fastify/jwt'
import limit from '@fastify/rate-limit'
import proxy from '@fastify/http-proxy'

const { PORT, UPSTREAM, FOLDER, ISSUER, AUDIENCE } = process.env
const app = Fastify({ logger: { file: `${FOLDER}/fastify-access.log` } })
await app.register(jwt, {
  secret: { public: readFileSync(`${FOLDER}/public.pem`, 'utf8') },
  verify: { algorithms: ['RS256'], allowedIss: ISSUER, allowedAud: AUDIENCE, cache: true }
})
app.addHook('onRequest', (request) => request.jwtVerify())
await app.register(limit, { hook: 'preHandler', max: 1e9, timeWindow: 60_000, keyGenerator: (request) => request.user.sub })
await app.register(proxy, {
  upstream: `http://127.0.0.1:${UPSTREAM}`, prefix: '/api/v1', rewritePrefix: '/api/v1',
  undici: { connections: 128, pipelining: 1 }
})
await app.listen({ host: '127.0.0.1', port: Number(PORT), backlog: 4096 })
