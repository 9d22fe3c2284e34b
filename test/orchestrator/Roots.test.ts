/** What an expression refers to, told from what it only looks into. */
import { assert, describe, it } from "@effect/vitest"
import { pathsOf } from "../../src/orchestrator/Roots.ts"

const shown = (expression: string) => pathsOf(expression).map((path) => path.join("/"))

describe("the paths of an expression", () => {
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["steps.list.results", ["steps/list/results"]],
    [`steps."list".state == 'done'`, ["steps/list/state"]],
    [`"steps".list`, ["steps/list"]],
    ["@.steps.nope.results", ["steps/nope/results"]],
    ["@", ["@"]],
    ["regoin == 'eu-west-1'", ["regoin"]],
    ["item.x == 'item.y' || `\"steps.z\"`", ["item/x"]],
    ["steps.a.results[?state == 'done'].result.id", ["steps/a/results"]],
    ["steps.a.results[*].result.id", ["steps/a/results"]],
    ["steps.a.results[].{id: result.id, of: item}", ["steps/a/results"]],
    ["{id: item.id, all: [inputs.a, steps.b.result]}", ["item/id", "inputs/a", "steps/b/result"]],
    ["steps.a.result | [0].name", ["steps/a/result"]],
    ["[steps.a.result | keys(@), inputs.b]", ["steps/a/result", "inputs/b"]],
    ["length(steps.a.results) > length(inputs.names)", ["steps/a/results", "inputs/names"]],
    ["sort_by(steps.a.results, &item.name)[0].item", ["steps/a/results"]],
    ["max_by(steps.a.results, &n).x || inputs.x", ["steps/a/results", "inputs/x"]],
    ["!(steps.a.state == 'done' && item)", ["steps/a/state", "item"]],
    ["length(values(result.public_access_block || `{}`)[?@]) == `4`", ["result/public_access_block"]],
    ["steps.*", ["steps"]],
    ["steps.a.result.tags[0:2:1].key", ["steps/a/result/tags"]],
    ['\'steps.a\' == "inputs"."b c"', ["inputs/b c"]],
    ["((", []],
    ["", []],
  ]
  for (const [expression, paths] of cases)
    it(expression === "" ? "none in nothing" : expression, () => assert.deepStrictEqual(shown(expression), paths))
})
