// A certified, strict OpenID provider on loopback: refresh tokens rotate, and reusing a spent one revokes the
// whole grant. Prints `listening <issuer>` when it is ready.
import { Provider } from 'oidc-provider';

const port = Number(process.env.PORT);
const lifetime = Number(process.env.ACCESS_TOKEN_SECONDS ?? 5);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'public',
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      redirect_uris: ['http://127.0.0.1/oauth2/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    },
    {
      client_id: 'confidential',
      client_secret: 'a secret with: odd characters + %',
      redirect_uris: [],
      grant_types: ['client_credentials'],
      response_types: [],
    },
  ],
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
  },
  scopes: ['openid', 'offline_access', 'api:read'],
  rotateRefreshToken: true,
  issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
  ttl: {
    AccessToken: lifetime,
    ClientCredentials: lifetime,
    RefreshToken: 600,
    AuthorizationCode: 60,
    Session: 600,
    Grant: 600,
    Interaction: 600,
    IdToken: 60,
  },
  cookies: { keys: ['only-for-tests'] },
  findAccount: async (ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
});

// Each response to a token request is held back for this long.
const delay = Number(process.env.TOKEN_DELAY_MS ?? 0);
let longest = 0;
let grants = 0;
let refusals = 0;
provider.on('grant.success', () => { grants += 1; });
provider.on('grant.error', () => { refusals += 1; });
// Counters that the tests read afterwards.
provider.use(async (ctx, next) => {
  if (ctx.path === '/counts') {
    ctx.body = { grants, refusals, longest_token_call_ms: Math.ceil(longest) };
    return;
  }
  const arrived = performance.now();
  await next();
  if (ctx.path === '/token') {
    if (delay > 0) await new Promise((resolve) => { setTimeout(resolve, delay); });
    longest = Math.max(longest, performance.now() - arrived);
  }
});
provider.listen(port, '127.0.0.1', () => console.log(`listening ${issuer}`));
