/** All tools of a server, page by page, within bounds; what is beyond them is left out and counted. */
import { type Duration, Effect } from "effect"
import type { Connection } from "./ConnectionModel.ts"
import { type Clean, type ForeignTool, foreignTool } from "./ForeignTool.ts"
import type { Trouble } from "./Trouble.ts"

const MOST_PAGES = 20
const MOST_TOOLS = 500

/** What a server lists. `leftOut`: entries without a usable name, a second one of a name, and those beyond the bounds. */
export interface ToolList {
  readonly tools: ReadonlyArray<ForeignTool>
  readonly leftOut: number
  /** Whether there were more pages than are read. */
  readonly cut: boolean
}

/** Asks the server for its list, which has to be there `within` a time. */
export const listTools = Effect.fn("ToolList.of")(
  function* ({ page }: Connection, clean: Clean, _within: Duration.Duration): Effect.fn.Return<ToolList, Trouble> {
    const tools = new Map<string, ForeignTool>()
    const cursors = new Set<string>()
    let leftOut = 0
    let cursor: string | undefined
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const { nextCursor, tools: found } = yield* page(cursor)
      if (!Array.isArray(found))
        return yield* Effect.fail<Trouble>({ kind: "garbled", why: "its list of tools is no list", sent: false })
      for (const raw of found) {
        const tool = tools.size < MOST_TOOLS ? foreignTool(raw, clean) : undefined
        if (tool === undefined || tools.has(tool.name)) leftOut++
        else tools.set(tool.name, tool)
      }
      if (typeof nextCursor !== "string" || nextCursor === "")
        return { tools: [...tools.values()], leftOut, cut: false }
      // A cursor that comes again would go on for ever.
      if (cursors.has(nextCursor) || nextCursor.length > 65_536) break
      cursors.add(nextCursor)
      cursor = nextCursor
    }
    return { tools: [...tools.values()], leftOut, cut: true }
  },
  (work, _connection, _clean, within) =>
    Effect.timeoutOrElse(work, {
      duration: within,
      orElse: () => Effect.fail<Trouble>({ kind: "silent", why: "it did not come in time", sent: false }),
    }),
)
