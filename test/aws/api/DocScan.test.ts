import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import {
  cleanDoc,
  type DeclaredShapes,
  firstSentence,
  scanCommand,
  scanEnums,
  scanShapes,
} from "../../../src/aws/api/DocScan.ts"

const shapesOf = (text: string): DeclaredShapes => {
  const shapes: DeclaredShapes = new Map()
  scanShapes(text, shapes)
  return shapes
}

describe("DocScan", () => {
  it("links a member to the comment above it and to its type", () => {
    const member = shapesOf(`
/**
 * <p>A table.</p>
 */
export interface Table {
    /**
     * <p>The <b>name</b> of
     *             the table.</p>
     * @public
     */
    TableName: string | undefined;
    Status?: TableStatus | undefined;
}
`).get("Table")
    assert.strictEqual(cleanDoc(member?.get("TableName")?.comment ?? ""), "The name of the table.")
    assert.strictEqual(member?.get("Status")?.comment, "")
    assert.strictEqual(member?.get("Status")?.type, "TableStatus | undefined")
  })

  it("gives a union's member the comment of its interface", () => {
    const members = shapesOf(`
export declare namespace Value {
    /**
     * <p>Text.</p>
     */
    interface SMember {
        S: string;
        N?: never;
        $unknown?: never;
    }
    /**
     * <p>A number.</p>
     */
    interface NMember {
        S?: never;
        N: string;
        $unknown?: never;
    }
    interface Visitor<T> {
        S: (value: string) => T;
        N: (value: string) => T;
    }
}
`).get("Value")
    assert.deepStrictEqual([...(members?.keys() ?? [])], ["S", "N"])
    assert.strictEqual(cleanDoc(members?.get("N")?.comment ?? ""), "A number.")
  })

  it("reads the values of enums", () => {
    const enums = scanEnums(`export declare const State: {
    readonly OFF: "off";
    readonly ON: "on-line";
};
export type State = (typeof State)[keyof typeof State];
export declare const Empty: {
};`)
    assert.deepStrictEqual(
      [...enums],
      [
        ["State", ["off", "on-line"]],
        ["Empty", []],
      ],
    )
  })

  it("takes the comment of a command without its examples", () => {
    const text = `/**
 * @public
 */
export interface PutInput {}
/**
 * <p>Puts it. Somewhere.</p>
 * @example
 * Use a client
 * @public
 */
export declare class PutCommand extends PutCommand_base {`
    assert.strictEqual(firstSentence(cleanDoc(scanCommand(text))), "Puts it.")
    assert.strictEqual(scanCommand("export {}"), "")
  })

  it("makes plain text of AWS's markup", () => {
    const comment = `/**
     * <ul><li><p>Use {@link OtherCommand | the other}, if x &lt; 3 &amp;&amp; y &gt; 4 .</p></li></ul>
     * @internal
     */`
    assert.strictEqual(cleanDoc(comment), "Use OtherCommand, if x < 3 && y > 4.")
  })

  it.effect.prop(
    "any comment becomes one line, and a sentence is the beginning of its text",
    { text: Schema.String },
    ({ text }) =>
      Effect.sync(() => {
        const clean = cleanDoc(text)
        assert.notMatch(clean, /[\r\n]/)
        assert.isTrue(clean.startsWith(firstSentence(clean)))
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )
})
