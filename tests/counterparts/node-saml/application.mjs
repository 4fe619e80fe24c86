// A small application behind node-saml that signs people in with SAML 2.0, as two service providers.
//
//     node application.mjs --port PORT --signing NAME --encryption NAME --metadata
//     node application.mjs --port PORT --signing NAME --encryption NAME
//                          --hub URL --ca FILE --certificate FILE --key FILE
//
// `NAME.pem` is a certificate and `NAME.key` its private key. The first form writes what there is to
// register: the metadata of both, as JSON. The second serves them, below a path of their own each: `/open/`
// has no key for encryption, `/sealed/` has one. Both want answers and assertions signed. Below each:
// `metadata`, `login` (how: `force`, `passive`, `nameid`, `binding`, `context`, `comparison`, `relay`), `acs`
// (shows what was said), `session` (who is it, without asking the hub), `logout` and `slo`.
//
// The authority to trust comes from NODE_EXTRA_CA_CERTS.

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { parseArgs } from 'node:util'
import { SAML, SamlStatusError, ValidateInResponseTo, generateServiceProviderMetadata } from '@node-saml/node-saml'
import { DOMParser } from '@xmldom/xmldom'

const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata'
const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect'
const POST = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST'
const DS = 'http://www.w3.org/2000/09/xmldsig#'
const FORMATS = {
  transient: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
  persistent: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  emailAddress: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
}

const { values: options } = parseArgs({
  options: {
    port: { type: 'string' },
    signing: { type: 'string' },
    encryption: { type: 'string' },
    metadata: { type: 'boolean' },
    hub: { type: 'string' },
    ca: { type: 'string' },
    certificate: { type: 'string' },
    key: { type: 'string' },
  },
})
const pem = (file) => readFileSync(file, 'utf8')

/** What node-saml remembers of requests: in one place for all the objects that a request needs. */
class Requests {
  known = new Map()
  async saveAsync(key, value) {
    this.known.set(key, value)
    return { value, createdAt: Date.now() }
  }
  async getAsync(key) {
    return this.known.get(key) ?? null
  }
  async removeAsync(key) {
    return this.known.delete(key) ? key : null
  }
}

/** One service provider: its settings, and who is here. */
class Provider {
  sessions = new Map()
  requests = new Requests()

  constructor(name, { encrypted }) {
    this.name = name
    this.base = `https://localhost:${options.port}/${name}`
    // A host has one jar of cookies for all its ports and paths: each session has a name of its own.
    this.cookie = `node_saml_${name}`
    this.settings = {
      issuer: `${this.base}/metadata`,
      callbackUrl: `${this.base}/acs`,
      logoutCallbackUrl: `${this.base}/slo`,
      privateKey: pem(`${options.signing}.key`),
      signatureAlgorithm: 'sha256',
      digestAlgorithm: 'sha256',
      wantAuthnResponseSigned: true,
      wantAssertionsSigned: true,
      validateInResponseTo: ValidateInResponseTo.always,
      cacheProvider: this.requests,
      // What the hub may be late or early by.
      acceptedClockSkewMs: 10_000,
      // Where nobody says, the hub's registration decides.
      identifierFormat: null,
    }
    this.shown = { publicCerts: pem(`${options.signing}.pem`) }
    if (encrypted) {
      this.settings.decryptionPvk = pem(`${options.encryption}.key`)
      this.shown.decryptionCert = pem(`${options.encryption}.pem`)
    }
  }

  metadata() {
    return generateServiceProviderMetadata({ ...this.settings, ...this.shown })
  }

  /** By its metadata alone the hub is known from now on. node-saml does not read any. */
  meet(document) {
    const [descriptor] = within(document, METADATA, 'IDPSSODescriptor')
    const at = (service, binding) =>
      within(descriptor, METADATA, service)
        .find((found) => found.getAttribute('Binding') === binding)
        ?.getAttribute('Location')
    this.postEntryPoint = at('SingleSignOnService', POST)
    Object.assign(this.settings, {
      entryPoint: at('SingleSignOnService', REDIRECT),
      logoutUrl: at('SingleLogoutService', REDIRECT),
      idpIssuer: document.documentElement.getAttribute('entityID'),
      idpCert: within(descriptor, METADATA, 'KeyDescriptor')
        .filter((key) => key.getAttribute('use') !== 'encryption')
        .flatMap((key) => within(key, DS, 'X509Certificate'))
        .map((certificate) => certificate.textContent.replace(/\s/g, '')),
    })
  }

  saml(more = {}) {
    return new SAML({ ...this.settings, ...more })
  }

  async login(asked) {
    const contexts = asked.getAll('context')
    const wishes = {
      forceAuthn: asked.has('force'),
      passive: asked.has('passive'),
      identifierFormat: FORMATS[asked.get('nameid')] ?? null,
      disableRequestedAuthnContext: contexts.length === 0,
      authnContext: contexts,
      racComparison: asked.get('comparison') ?? 'exact',
    }
    const relay = asked.get('relay') ?? ''
    if (asked.get('binding') !== 'post') return redirect(await this.saml(wishes).getAuthorizeUrlAsync(relay))
    // It deflates what goes by form as well, unless it is told not to.
    const byForm = { ...wishes, skipRequestCompression: true, entryPoint: this.postEntryPoint }
    const page = await this.saml({ ...byForm, authnRequestBinding: 'HTTP-POST' }).getAuthorizeFormAsync(relay)
    return { status: 200, headers: { 'content-type': 'text/html' }, body: page }
  }

  async begin(form) {
    const message = form.get('SAMLResponse') ?? ''
    const refused = (said) => json({ signed_in: false, ...said, status: statusOf(message) }, 403)
    let profile
    try {
      ;({ profile } = await this.saml().validatePostResponseAsync(Object.fromEntries(form)))
    } catch (error) {
      if (!(error instanceof SamlStatusError)) throw error
      return refused({ error: error.name, description: error.message })
    }
    // It holds this one status for an answer, and the others for errors.
    if (!profile) return refused({ error: 'NoPassive' })
    const statement = profile.getAssertion().Assertion.AuthnStatement[0]
    const known = {
      signed_in: true,
      name_id: {
        value: profile.nameID,
        format: profile.nameIDFormat,
        name_qualifier: profile.nameQualifier ?? null,
        sp_name_qualifier: profile.spNameQualifier ?? null,
      },
      session_index: profile.sessionIndex,
      session_not_on_or_after: statement.$.SessionNotOnOrAfter,
      authn_instant: statement.$.AuthnInstant,
      authn_context: statement.AuthnContext[0].AuthnContextClassRef[0]._,
      attributes: Object.fromEntries(
        Object.entries(profile.attributes ?? {}).map(([name, values]) => [name, [values].flat().map(text)]),
      ),
      in_response_to: profile.inResponseTo,
      relay_state: form.get('RelayState') ?? '',
      encrypted: profile.getSamlResponseXml().includes('EncryptedAssertion'),
    }
    const word = randomBytes(16).toString('hex')
    this.sessions.set(word, { known, profile })
    const cookie = `${this.cookie}=${word}; Path=/; Secure; HttpOnly; SameSite=None`
    return json(known, 200, { 'set-cookie': cookie })
  }

  async leave(word, asked) {
    const { profile } = this.sessions.get(word)
    this.sessions.delete(word)
    return redirect(await this.saml().getLogoutUrlAsync(profile, asked.get('relay') ?? '', {}))
  }

  /** node-saml knows by form neither which request it is that a logout answers, nor how it went. */
  async ended(container) {
    const saml = this.saml({ validateInResponseTo: ValidateInResponseTo.ifPresent })
    const { loggedOut } = await saml.validatePostResponseAsync(container)
    const answered = parsed(container.SAMLResponse).documentElement.getAttribute('InResponseTo')
    if (!loggedOut || !(await this.requests.removeAsync(answered))) throw new Error('it answers no logout')
  }

  /** A message about a logout: of the hub's own, or the answer to one of ours. */
  async slo(request, url, word) {
    const byForm = request.method === 'POST'
    const message = byForm ? await body(request) : url.searchParams
    const relay = message.get('RelayState') ?? ''
    const container = Object.fromEntries(message)
    const saml = this.saml()
    if (message.has('SAMLResponse')) {
      const answer = message.get('SAMLResponse')
      if (byForm) await this.ended(container)
      else await saml.validateRedirectAsync(signed(container), url.search.slice(1))
      const logout = byForm ? statusOf(answer) : ['Success']
      return json({ signed_in: this.sessions.has(word), relay_state: relay, logout })
    }
    const { profile } = byForm
      ? await saml.validatePostRequestAsync(container)
      : await saml.validateRedirectAsync(signed(container), url.search.slice(1))
    let found = false
    for (const [other, { known }] of this.sessions) {
      const same = known.name_id.value === profile.nameID
      if (!same || (profile.sessionIndex && profile.sessionIndex !== known.session_index)) continue
      found = true
      this.sessions.delete(other)
    }
    return redirect(await saml.getLogoutResponseUrlAsync(profile, relay, {}, found))
  }
}

const within = (node, namespace, name) => Array.from(node.getElementsByTagNameNS(namespace, name))

/** A value, or the name in it. */
const text = (value) => (typeof value === 'string' ? value : value?.NameID?.[0]?._ ?? null)

/** node-saml takes what has no signature, by redirect. */
function signed(container) {
  if (!container.Signature) throw new Error('not signed by the hub')
  return container
}

const parsed = (message) => new DOMParser().parseFromString(Buffer.from(message, 'base64').toString(), 'text/xml')

/** The codes of a status without what they all begin with, the first level first. */
function statusOf(message) {
  const codes = within(parsed(message), 'urn:oasis:names:tc:SAML:2.0:protocol', 'StatusCode')
  return codes.map((code) => code.getAttribute('Value').replace(/.*:/, ''))
}

const wordOf = (request, { cookie }) =>
  request.headers.cookie
    ?.split('; ')
    .find((sent) => sent.startsWith(`${cookie}=`))
    ?.slice(cookie.length + 1)

const json = (content, status = 200, headers = {}) => ({ status, headers, body: JSON.stringify(content) })
const redirect = (url) => ({ status: 302, headers: { location: `${url}` } })

async function body(request) {
  let text = ''
  for await (const chunk of request) text += chunk
  return new URLSearchParams(text)
}

const providers = {
  open: new Provider('open', { encrypted: false }),
  sealed: new Provider('sealed', { encrypted: true }),
}

const pages = {
  'GET metadata': (provider) => ({
    status: 200,
    headers: { 'content-type': 'application/samlmetadata+xml' },
    body: provider.metadata(),
  }),
  'GET login': (provider, { url }) => provider.login(url.searchParams),
  'POST acs': async (provider, { request }) => provider.begin(await body(request)),
  'GET session': (provider, { word }) => json(provider.sessions.get(word)?.known ?? { signed_in: false }),
  'GET logout': (provider, { word, url }) =>
    provider.sessions.has(word) ? provider.leave(word, url.searchParams) : json({ signed_in: false }, 401),
  'GET slo': (provider, { request, url, word }) => provider.slo(request, url, word),
  'POST slo': (provider, { request, url, word }) => provider.slo(request, url, word),
}

async function answer(request) {
  const url = new URL(request.url, `https://localhost:${options.port}`)
  const [, name, page] = url.pathname.split('/')
  const asked = `${request.method} ${page}`
  if (!Object.hasOwn(providers, name) || !Object.hasOwn(pages, asked)) return json({ error: 'not_found' }, 404)
  const provider = providers[name]
  return pages[asked](provider, { request, url, word: wordOf(request, provider) })
}

async function serve() {
  const met = await fetch(`${options.hub}/saml/metadata`)
  if (!met.ok) throw new Error(`the hub's metadata: ${met.status}`)
  const document = new DOMParser().parseFromString(await met.text(), 'text/xml')
  for (const provider of Object.values(providers)) provider.meet(document)
  const tls = { cert: pem(options.certificate), key: pem(options.key) }
  createServer(tls, async (request, response) => {
    let page
    try {
      page = await answer(request)
    } catch (error) {
      console.error(error)
      page = json({ signed_in: false, error: error.name, description: error.message }, 403)
    }
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', ...page.headers }
    response.writeHead(page.status, headers).end(page.body)
  }).listen(Number(options.port), '127.0.0.1')
}

if (options.metadata) {
  const metadata = Object.entries(providers).map(([name, provider]) => [name, provider.metadata()])
  process.stdout.write(JSON.stringify(Object.fromEntries(metadata)))
} else {
  await serve()
}
