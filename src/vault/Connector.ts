/**
 * How undici connects: with the TLS options, over the socket where there is one, within a time limit. Watches what TLS
 * says after the handshake, which undici would pass over or mistake.
 */
import { Duration } from "effect"
import type Undici from "undici"
import { codeOf, refusesOurCertificate } from "./Trouble.ts"

/** A host that swallows packets is given up after this long; the error has to come soon. */
const CONNECT_LIMIT = Duration.seconds(3)

/** What undici's own connector takes. */
export const connectOptions = <Tls extends object>(tls: Tls, socketPath: string | undefined) => ({
  ...tls,
  timeout: Duration.toMillis(CONNECT_LIMIT),
  allowH2: false,
  ...(socketPath !== undefined && { socketPath }),
})

/**
 * With TLS 1.3 a server looks at our certificate after the handshake. Its alert is followed by the connection's end, and
 * undici tells only the end: so the socket is destroyed with the alert. Any other error of TLS by then may come after the
 * request, and is marked, as its code looks like that of a failed handshake.
 */
export const watched =
  (connect: Undici.buildConnector.connector): Undici.buildConnector.connector =>
  (options, callback) =>
    connect(options, (...made) => {
      const [, socket] = made
      socket?.once("error", (error) => {
        if (refusesOurCertificate(codeOf(error))) socket.destroy(error)
        else Object.assign(error, { afterHandshake: true })
      })
      callback(...made)
    })
