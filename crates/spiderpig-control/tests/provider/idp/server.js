// A real provider of OpenID Connect on a port of its own: who asks is whom the header `x-person` names, without a page between.
//
// It says its issuer in one line, and ends when its standard input does.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [callback, place] = process.argv.slice(2);
const people = new Map([
  ['ada', ['deployers', 'admins', '/not/a/name']],
  ['grace', ['deployers']],
]);

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const client = (client_id, method) => ({
  client_id,
  client_secret: method === 'none' ? undefined : 'a secret of 32 bytes that is told',
  redirect_uris: [callback],
  token_endpoint_auth_method: method,
});

const configuration = {
  claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
  clientBasedCORS: () => false,
  clients: [
    client('spiderpig', 'none'),
    client('basic', 'client_secret_basic'),
    client('post', 'client_secret_post'),
  ],
  conformIdTokenClaims: place !== 'token',
  cookies: { keys: ['a key of the tests'] },
  features: { devInteractions: { enabled: false } },
  findAccount: (ctx, person) =>
    people.has(person)
      ? {
          accountId: person,
          claims: () => ({
            sub: person,
            preferred_username: person,
            groups: people.get(person),
          }),
        }
      : undefined,
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
  loadExistingGrant: async ({ oidc }) => {
    const { Grant } = oidc.provider;
    const grant = new Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope('openid profile groups');
    await grant.save();
    return grant;
  },
  pkce: { required: () => true },
  scopes: ['openid', 'profile', 'groups'],
};

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration);
  const answer = provider.callback();
  server.on('request', async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, issuer);
    if (pathname.startsWith('/interaction/')) {
      const login = { accountId: request.headers['x-person'] };
      await provider.interactionFinished(request, response, { login });
    } else if (pathname === '/people') {
      // The tests' own: other groups for somebody, or nobody of that name any more.
      const groups = searchParams.get('groups');
      if (groups === null) people.delete(searchParams.get('person'));
      else people.set(searchParams.get('person'), groups.split(','));
      response.end();
    } else {
      answer(request, response);
    }
  });
  process.stdout.write(`${issuer}\n`);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
