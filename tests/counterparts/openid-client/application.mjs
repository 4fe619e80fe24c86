// A small application behind openid-client that signs people in with OpenID Connect, as two clients.
//
//     node application.mjs --port PORT --hub URL --certificate FILE --key FILE
//
// Each client lives below a path of its own: `/public/` is `openid-client-public`, which keeps no secret,
// binds its tokens to a key (DPoP) and can sign in a device; `/fapi/` is `openid-client-fapi`, which holds
// to the FAPI 2.0 Security Profile: pushed requests, DPoP, and a signature to prove itself (its keys are
// at `/jwks`). Below each: `login`, `callback`, `session` (who is it, without asking the hub), `userinfo`,
// `refresh`, `introspect`, `revoke`, `logout`, `goodbye` (where people come back to), `backchannel`,
// `device` and `device/session`.
//
// Pages show facts of tokens, never tokens. The authority to trust comes from NODE_EXTRA_CA_CERTS.

import { createHash, randomBytes, webcrypto } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { parseArgs } from 'node:util'
import * as jose from 'jose'
import * as oidc from 'openid-client'

// openid-client asks for Node 20. All it misses in the 18 of Debian 12 are two names, which Node had
// behind a flag then; they are read when they are used, not when the library is loaded.
globalThis.crypto ??= webcrypto
globalThis.CryptoKey ??= webcrypto.CryptoKey

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const SIGNED_BY = 'ES256'

const { values: options } = parseArgs({
  options: {
    port: { type: 'string' },
    hub: { type: 'string' },
    certificate: { type: 'string' },
    key: { type: 'string' },
  },
})
const base = `https://localhost:${options.port}`

const { privateKey, publicKey } = await jose.generateKeyPair(SIGNED_BY)
const publicJwk = { ...(await jose.exportJWK(publicKey)), use: 'sig', alg: SIGNED_BY }
publicJwk.kid = await jose.calculateJwkThumbprint(publicJwk)

/** One registered client, its sessions by cookie, and the device it signs in. */
class Client {
  sessions = new Map()
  pending = new Map()
  usedLogoutTokens = new Set()
  device = { state: 'none' }

  constructor(name, { scope, pushed, authentication, metadata }) {
    Object.assign(this, { name, scope, pushed, authentication, metadata })
    this.clientId = `openid-client-${name}`
    // A host has one jar of cookies for all its ports and paths: each session has a name of its own.
    this.cookie = `openid_client_${name}`
  }

  page(path) {
    return `${base}/${this.name}/${path}`
  }

  /** What the hub says of itself, asked once, when somebody first wants it. */
  async configuration() {
    this.discovered ??= await oidc.discovery(
      new URL(options.hub),
      this.clientId,
      { ...this.metadata, id_token_signed_response_alg: SIGNED_BY, [oidc.clockTolerance]: 10 },
      this.authentication,
      // Signatures of ID tokens are checked although they come straight from the hub.
      { execute: [oidc.enableNonRepudiationChecks] },
    )
    return this.discovered
  }

  async login(word) {
    const config = await this.configuration()
    const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair(SIGNED_BY))
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
    const expectedState = oidc.randomState()
    const expectedNonce = oidc.randomNonce()
    const parameters = {
      redirect_uri: this.page('callback'),
      scope: this.scope,
      state: expectedState,
      nonce: expectedNonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    }
    this.pending.set(word, { DPoP, checks: { pkceCodeVerifier, expectedState, expectedNonce } })
    if (this.pushed) return oidc.buildAuthorizationUrlWithPAR(config, parameters, { DPoP })
    // The code is of no use without the key either.
    const dpop_jkt = await DPoP.calculateThumbprint()
    return oidc.buildAuthorizationUrl(config, { ...parameters, dpop_jkt })
  }

  async callback(word, url) {
    const config = await this.configuration()
    const { DPoP, checks } = this.pending.get(word) ?? {}
    this.pending.delete(word)
    const tokens = await oidc.authorizationCodeGrant(config, url, checks, undefined, { DPoP })
    const known = { DPoP, tokens, begun: tokens.claims() }
    known.claims = await this.userinfo(known)
    this.sessions.set(word, known)
  }

  async userinfo({ DPoP, tokens, begun }) {
    const config = await this.configuration()
    return oidc.fetchUserInfo(config, tokens.access_token, begun.sub, { DPoP })
  }

  async refresh(known) {
    const { DPoP, tokens } = known
    const config = await this.configuration()
    const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
    const { refresh_token = tokens.refresh_token, id_token = tokens.id_token } = fresh
    known.tokens = { ...fresh, refresh_token, id_token }
    known.claims = await this.userinfo(known)
  }

  async logoutUrl({ tokens }, state) {
    return oidc.buildEndSessionUrl(await this.configuration(), {
      post_logout_redirect_uri: this.page('goodbye'),
      id_token_hint: tokens.id_token,
      state,
    })
  }

  /** Shows codes at once; the page `device/session` tells how it ends. */
  async startDevice() {
    const config = await this.configuration()
    const shown = await oidc.initiateDeviceAuthorization(config, { scope: `${this.scope} offline_access` })
    const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair(SIGNED_BY))
    const device = (this.device = { state: 'pending' })
    oidc
      .pollDeviceAuthorizationGrant(config, shown, undefined, { DPoP })
      .then(async (tokens) => {
        device.known = { DPoP, tokens, begun: tokens.claims() }
        device.known.claims = await this.userinfo(device.known)
        device.state = 'signed_in'
      })
      .catch((error) => Object.assign(device, { state: 'refused', ...said(error) }))
    const { device_code, ...rest } = shown
    return rest
  }

  /** OIDC Back-Channel Logout §2.6. openid-client leaves it to the application, and brings jose for it. */
  async endByLogoutToken(text) {
    const metadata = (await this.configuration()).serverMetadata()
    this.hubKeys ??= jose.createRemoteJWKSet(new URL(metadata.jwks_uri))
    const { payload } = await jose.jwtVerify(text, this.hubKeys, {
      typ: 'logout+jwt',
      issuer: metadata.issuer,
      audience: this.clientId,
      algorithms: [SIGNED_BY],
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
      clockTolerance: 10,
    })
    const { events, jti, sid, sub, nonce } = payload
    if (typeof events[LOGOUT_EVENT] !== 'object' || nonce !== undefined) throw new Error('not a logout token')
    if (!sid && !sub) throw new Error('neither sid nor sub')
    if (this.usedLogoutTokens.has(jti)) throw new Error('jti')
    this.usedLogoutTokens.add(jti)
    for (const [word, { begun }] of this.sessions) {
      if (sid ? begun.sid === sid : begun.sub === sub) this.sessions.delete(word)
    }
  }
}

const clients = {
  public: new Client('public', {
    scope: 'openid profile email ent',
    authentication: oidc.None(),
    metadata: { dpop_bound_access_tokens: true },
  }),
  fapi: new Client('fapi', {
    scope: 'openid profile ent',
    pushed: true,
    authentication: oidc.PrivateKeyJwt({ key: privateKey, kid: publicJwk.kid }),
    metadata: { dpop_bound_access_tokens: true, require_pushed_authorization_requests: true },
  }),
}

const fingerprint = (token) => (token ? createHash('sha256').update(token).digest('hex').slice(0, 16) : null)

function shown(known) {
  if (!known) return { signed_in: false }
  const { tokens, begun, claims } = known
  return {
    signed_in: true,
    sub: begun.sub,
    claims,
    id_token: begun,
    tokens: {
      // The library writes it in small letters.
      type: tokens.token_type,
      scope: tokens.scope,
      expires_in: tokens.expires_in,
      access_token: fingerprint(tokens.access_token),
      refresh_token: fingerprint(tokens.refresh_token),
      id_token: fingerprint(tokens.id_token),
    },
  }
}

/** What an error says, with what the hub said inside it. */
function said(error) {
  const challenge = Array.isArray(error.cause) ? error.cause[0]?.parameters : undefined
  return {
    error: error.error ?? challenge?.error ?? error.code ?? error.name,
    description: error.error_description ?? challenge?.error_description ?? error.message,
  }
}

const wordOf = (request, { cookie }) =>
  request.headers.cookie
    ?.split('; ')
    .find((sent) => sent.startsWith(`${cookie}=`))
    ?.slice(cookie.length + 1)

const json = (content, status = 200) => ({ status, body: JSON.stringify(content) })
const redirect = (url, headers = {}) => ({ status: 302, headers: { location: `${url}`, ...headers } })

async function body(request) {
  let text = ''
  for await (const chunk of request) text += chunk
  return new URLSearchParams(text)
}

/** Pages for anybody. */
const open = {
  'GET login': async (client) => {
    const word = randomBytes(16).toString('hex')
    const cookie = `${client.cookie}=${word}; Path=/; Secure; HttpOnly; SameSite=Lax`
    return redirect(await client.login(word), { 'set-cookie': cookie })
  },
  'GET callback': async (client, { word, url }) => {
    await client.callback(word, url)
    return redirect(client.page('session'))
  },
  'GET session': async (client, { known }) => json(shown(known)),
  'GET goodbye': async (client, { known, url }) => {
    const came_back = client.leaving !== undefined && url.searchParams.get('state') === client.leaving
    return json({ signed_in: known !== undefined, came_back })
  },
  'POST backchannel': async (client, { request }) => {
    try {
      await client.endByLogoutToken((await body(request)).get('logout_token') ?? '')
      return json({})
    } catch (error) {
      console.error(`logout token refused: ${error.message}`)
      return json({ error: 'invalid_request' }, 400)
    }
  },
  'GET device': async (client) => json(await client.startDevice()),
  'GET device/session': async (client) => {
    const { known, ...device } = client.device
    return json({ ...device, ...shown(known) })
  },
  'GET device/refresh': async (client) => {
    await client.refresh(client.device.known)
    return json(shown(client.device.known))
  },
}

/** Pages for people who are signed in. */
const own = {
  'GET userinfo': async (client, { known }) => json((known.claims = await client.userinfo(known))),
  'GET refresh': async (client, { known }) => {
    await client.refresh(known)
    return redirect(client.page('session'))
  },
  'GET introspect': async (client, { known }) =>
    json(await oidc.tokenIntrospection(await client.configuration(), known.tokens.access_token)),
  'GET revoke': async (client, { known }) => {
    const hint = { token_type_hint: 'refresh_token' }
    await oidc.tokenRevocation(await client.configuration(), known.tokens.refresh_token, hint)
    return json({})
  },
  'GET logout': async (client, { word, known }) => {
    client.sessions.delete(word)
    client.leaving = oidc.randomState()
    return redirect(await client.logoutUrl(known, client.leaving))
  },
}

async function answer(request) {
  const url = new URL(request.url, base)
  if (url.pathname === '/jwks') return json({ keys: [publicJwk] })
  const [, name, ...rest] = url.pathname.split('/')
  if (!Object.hasOwn(clients, name)) return json({ error: 'not_found' }, 404)
  const client = clients[name]
  const page = `${request.method} ${rest.join('/')}`
  const word = wordOf(request, client)
  const known = client.sessions.get(word)
  if (Object.hasOwn(open, page)) return open[page](client, { request, url, word, known })
  if (!Object.hasOwn(own, page)) return json({ error: 'not_found' }, 404)
  return known ? own[page](client, { word, known }) : json({ signed_in: false }, 401)
}

const tls = { cert: readFileSync(options.certificate), key: readFileSync(options.key) }
createServer(tls, async (request, response) => {
  let page
  try {
    page = await answer(request)
  } catch (error) {
    console.error(error)
    page = json(said(error), 403)
  }
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', ...page.headers }
  response.writeHead(page.status, headers).end(page.body)
}).listen(Number(options.port), '127.0.0.1')
