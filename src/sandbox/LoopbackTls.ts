/** TLS for a server on loopback: it asks clients for a certificate, takes any or none, and hands over what it got. */
import { createServer, type RequestListener, type Server } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { Socket } from "node:net"
import { TLSSocket } from "node:tls"
import type { TlsPeer } from "./Wire.ts"

/** What a server shows of itself, in PEM. */
export interface LoopbackTls {
  readonly cert: string
  readonly key: string
}

/** A server of Node's, over TLS where there is something to show. */
export const newServer = (tls: LoopbackTls | undefined, listener: RequestListener): Server =>
  tls === undefined
    ? createServer(listener)
    : createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: false }, listener)

/** The TLS connection behind a socket, if it is one. Whether the certificate is any good, others decide. */
export const tlsOf = (socket: Socket): { readonly tls?: TlsPeer } => {
  if (!(socket instanceof TLSSocket)) return {}
  const certificate = socket.getPeerX509Certificate()?.raw
  return { tls: certificate === undefined ? {} : { certificate } }
}
