import { assert, describe, it } from "@effect/vitest"
import { makeBoard } from "../../../src/cli/shell/Board.ts"
import type { Unit, UnitState } from "../../../src/orchestrator/RunModel.ts"

const unit = (key: string, account: string | undefined, state: UnitState, run = "r"): Unit => ({
  run,
  key,
  step: key,
  agent: "aws",
  tool: "t",
  writes: false,
  account,
  region: undefined,
  item: undefined,
  state,
  attempt: 1,
  startedAt: 0,
  endedAt: undefined,
  result: undefined,
  cut: false,
  what: undefined,
})

describe("the board", () => {
  it("is empty for what ends at once, then has a line for each task with its words", () => {
    const board = makeBoard()
    board.begin(0, "aws s3_list_buckets", 1000)
    assert.deepStrictEqual(board.lines(1100, 24), [])
    board.words(0, "3 of 10\u001b[2J")
    board.begin(1, "vault health", 1500)
    assert.match(board.lines(2500, 24)[0] ?? "", /^. aws s3_list_buckets {2}1\.5 s {2}3 of 10$/)
    assert.lengthOf(board.lines(2500, 24), 2)
    board.end(0)
    assert.match(board.lines(2500, 24).join("\n"), /^. vault health {2}1\.0 s$/)
    board.end(1)
    assert.deepStrictEqual(board.lines(9000, 24), [])
  })

  it("has a line for each account of a run until the run is told, and says how many it left out", () => {
    const board = makeBoard()
    board.begin(0, "inventory", 0)
    board.unit(unit("a", "main", "running"))
    board.unit(unit("a", "main", "done"))
    board.unit(unit("b", "main", "running"))
    board.unit(unit("c", "partner", "failed"))
    assert.deepStrictEqual(board.lines(1000, 24).slice(1), ["  main     1 done, 1 running: b", "  partner  1 failed"])
    for (let i = 0; i < 30; i++) board.unit(unit(`x${i}`, `account-${i}`, "done"))
    const lines = board.lines(1000, 10)
    assert.isAtMost(lines.length, 10)
    assert.match(lines.at(-1) ?? "", /and 26 more accounts/)
    assert.deepStrictEqual(board.runs(), ["r"])
    board.close("r")
    assert.deepStrictEqual(board.runs(), [])
    assert.lengthOf(board.lines(1000, 24), 1)
  })

  it("is never higher than the screen, and says how much it left out", () => {
    const board = makeBoard()
    for (let i = 0; i < 30; i++) board.begin(i, `task ${i}`, 0)
    const lines = board.lines(1000, 10)
    assert.lengthOf(lines, 8)
    assert.match(lines[6] ?? "", /task 6/)
    assert.strictEqual(lines.at(-1), "… and 23 more")
  })
})
