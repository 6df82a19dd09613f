// An OpenID provider that others wrote (oidc-provider), as a firm would run it: two clients, two people, JWT access
// tokens for the gateway. In: JSON on the command line {port, redirect, keys}. A line on standard input holds a new
// list of private keys; the provider is then made anew on the same port and says "ready" again.
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.SLUICE_NODE_PACKAGES);
const { default: Provider } = await import(pathToFileURL(require.resolve("oidc-provider")));
const given = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${given.port}`;
const scope = "orders:read orders:write";

function provider(keys) {
  return new Provider(issuer, {
    jwks: { keys },
    cookies: { keys: ["only for the tests"] },
    scopes: ["openid", "orders:read", "orders:write"],
    ttl: { AccessToken: 600, ClientCredentials: 600, IdToken: 600, Session: 600, Grant: 600, Interaction: 600 },
    clients: [
      { client_id: "machine", client_secret: "a secret of the tests", grant_types: ["client_credentials"], redirect_uris: [], response_types: [], scope },
      { client_id: "portal", redirect_uris: [given.redirect], grant_types: ["authorization_code"], token_endpoint_auth_method: "none", application_type: "native" },
    ],
    findAccount: async (_context, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    extraTokenClaims: async (_context, token) => ({ tenant: "north", roles: token.accountId ? ["sales"] : ["service"] }),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => "urn:sluice:gateway",
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope, audience: "sluice-gateway", accessTokenFormat: "jwt", accessTokenTTL: 600, jwt: { sign: { alg: keys[0].alg } } }),
      },
    },
  });
}

let current = provider(given.keys).callback();
createServer((request, response) => current(request, response)).listen(given.port, "127.0.0.1", () => console.log("ready"));
createInterface({ input: process.stdin }).on("line", (line) => {
  current = provider(JSON.parse(line)).callback();
  console.log("ready");
});
