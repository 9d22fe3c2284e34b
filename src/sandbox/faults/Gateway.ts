/** Trouble of what stands in front of a server, a proxy or load balancer, and of a server that breaks down by itself. */
import { Effect } from "effect"
import { STATUS_CODES } from "node:http"
import { AwsRefusal } from "../aws/AwsCall.ts"
import type { Scene, Trouble } from "../Faults.ts"
import { refusalResponse, refusedAs } from "../vault/Protocol.ts"
import type { WireResponse } from "../Wire.ts"

const page = (status: number, body: string): WireResponse => ({
  status,
  headers: { "content-type": "text/html", server: "nginx" },
  body,
})

/** Statuses by which a gateway says that it has no answer; the others are the server's own. */
const GATEWAY = new Set([502, 503, 504])

const gatewayPage = (status: number): WireResponse => {
  const title = `${status} ${STATUS_CODES[status]}`
  return page(
    status,
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`,
  )
}

/** S3 has a word of its own for what all others call InternalFailure. */
const broken = (status: number, service: string): AwsRefusal =>
  new AwsRefusal({
    status,
    code: service === "s3" || service === "ec2" ? "InternalError" : "InternalFailure",
    message: "We encountered an internal error. Please try again.",
  })

const failing = ({ backstage, half, request }: Scene, status: number): Effect.Effect<WireResponse> => {
  if (GATEWAY.has(status)) return Effect.succeed(gatewayPage(status))
  return half === "vault"
    ? Effect.succeed(refusalResponse(refusedAs(status, "internal error")))
    : backstage.aws.refuse(request, (_protocol, service) => broken(status, service))
}

/** Answers with a status of 500 to 599: instead of the work, or after it was done. */
export const failure = (status: number, done: "instead" | "after" = "instead"): Trouble => ({
  halves: ["vault", "aws"],
  does: (scene) =>
    done === "after" ? Effect.andThen(scene.rest(scene.request), failing(scene, status)) : failing(scene, status),
})

/** A page for people with status 200, as a proxy or hotel network sends it; nothing is done. */
export const garbage: Trouble = {
  halves: ["vault", "aws"],
  does: () =>
    Effect.succeed(
      page(
        200,
        `<!DOCTYPE html>\n<html><head><title>Sign in to the network</title></head>\n<body><form method="post" action="/login"><input name="user"></form></body></html>\n`,
      ),
    ),
}
