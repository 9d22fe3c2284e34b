/**
 * Which hosts a signed request may go to. Inputs of a model can name hosts (SQS takes a queue's URL, S3 a bucket that
 * becomes a host label): the check stands before signing, so that nothing is signed for a stranger.
 */

/** DNS suffixes of AWS's partitions. `on.aws` is left out: anybody can have a name there. */
const SUFFIXES = [
  "amazonaws.com",
  "api.aws",
  "amazonaws.com.cn",
  "api.amazonwebservices.com.cn",
  "amazonaws.eu",
  "api.amazonwebservices.eu",
  "c2s.ic.gov",
  "sc2s.sgov.gov",
  "cloud.adc-e.uk",
  "csp.hci.ic.gov",
  "api.aws.ic.gov",
  "api.aws.scloud",
  "api.cloud-aws.adc-e.uk",
  "api.aws.hci.ic.gov",
]

/** Host and port of the operator's endpoint. */
export const endpointHost = (endpoint: string | undefined): string | undefined =>
  endpoint === undefined ? undefined : new URL(endpoint).host.toLowerCase()

/**
 * Whether a request may go there. With an operator's endpoint only that host and its subdomains (a bucket's) may;
 * without one only https hosts of AWS.
 */
export const allowedHost = (
  request: { readonly protocol: string; readonly hostname: string; readonly port?: number | undefined },
  endpoint: string | undefined,
): boolean => {
  const hostname = request.hostname.toLowerCase()
  const own = endpointHost(endpoint)
  if (own !== undefined) {
    const host = request.port === undefined ? hostname : `${hostname}:${request.port}`
    return host === own || host.endsWith(`.${own}`)
  }
  return (
    request.protocol === "https:" &&
    (request.port === undefined || request.port === 443) &&
    SUFFIXES.some((suffix) => hostname.endsWith(`.${suffix}`))
  )
}
