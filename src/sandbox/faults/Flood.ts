/** Answers far too large, of which nobody ever holds more than one piece. Nothing is done. */
import { Effect, Stream } from "effect"
import { gzipSync } from "node:zlib"
import type { Half, Trouble } from "../Faults.ts"

/** A piece of the flood: 1 MiB of one letter. */
const PIECE = Buffer.alloc(1024 * 1024, "a")

/** What makes the flood a document of the kind that is waited for. */
const AROUND: Readonly<Record<Half, { readonly type: string; readonly before: string; readonly after: string }>> = {
  vault: { type: "application/json", before: '{"data":{"note":"', after: '"}}\n' },
  aws: {
    type: "text/xml;charset=UTF-8",
    before: '<?xml version="1.0" encoding="UTF-8"?>\n<Response><note>',
    after: "</note></Response>",
  },
}

const flood = (
  mebibytes: number,
  headers: Readonly<Record<string, string>>,
  pack: (bytes: Uint8Array) => Uint8Array,
): Trouble => ({
  halves: ["vault", "aws"],
  does: ({ half }) =>
    Effect.sync(() => {
      const { after, before, type } = AROUND[half]
      const piece = pack(PIECE)
      const pieces = Stream.map(Stream.range(1, mebibytes), () => piece)
      return {
        status: 200,
        headers: { "content-type": type, ...headers },
        body: pack(Buffer.from(before)),
        rest: Stream.concat(pieces, Stream.make(pack(Buffer.from(after)))),
      }
    }),
})

/** A body of so many MiB, without a length told ahead. */
export const huge = (mebibytes: number): Trouble => flood(mebibytes, {}, (bytes) => bytes)

/** The same in gzip, about a thousandth on the wire: each piece is a gzip member of its own, which the format allows. */
export const bomb = (mebibytes: number): Trouble => flood(mebibytes, { "content-encoding": "gzip" }, gzipSync)
