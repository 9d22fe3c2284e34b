/**
 * What every official AWS client in this program is told in so many words: it would read each of these from the
 * environment or from profiles, where nobody here wants it to look.
 */
import { VERSION } from "./Version.ts"

/** Options for a client of a region. */
export const unambient = (region: string) => ({
  region,
  retryMode: "standard",
  defaultsMode: "standard" as const,
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  ignoreConfiguredEndpointUrls: true,
  // A preference for sigv4a from a profile makes STS sign for no region at all.
  authSchemePreference: ["sigv4"],
  sigv4aSigningRegionSet: [region],
  userAgentAppId: "vault-aws-mcp",
  customUserAgent: [["vault-aws-mcp", VERSION]] as [string, string][],
  logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
})
