// fast-gateway as a peer: token kept once verified, a fixed window in memory; it writes no log.
import { readFileSync } from 'node:fs'
import gateway from 'fast-gateway'
import { createVerifier } from 'fast-jwt'

const { PORT, UPSTREAM, FOLDER, ISSUER, AUDIENCE } = process.env
const verify = createVerifier({
  key: readFileSync(`${FOLDER}/public.pem`), algorithms: ['RS256'], allowedIss: ISSUER, allowedAud: AUDIENCE, cache: 1000
})
const windows = new Map()
const check = (request, response, next) => {
  let subject
  try {
    subject = verify((request.headers.authorization ?? '').slice(7)).sub
  } catch {
    response.statusCode = 401
    return response.end()
  }
  const minute = Math.floor(Date.now() / 60_000)
  const found = windows.get(subject)
  if (found?.minute === minute) found.used += 1
  else windows.set(subject, { minute, used: 1 })
  if (windows.get(subject).used > 1e9) {
    response.statusCode = 429
    return response.end()
  }
  return next()
}
const server = gateway({
  middlewares: [check],
  routes: [{ prefix: '/api/v1', prefixRewrite: '/api/v1', target: `http://127.0.0.1:${UPSTREAM}` }]
})
await server.start(Number(PORT), '127.0.0.1')
