/** A journal that writes nothing, for tests of what stands above it. */
import { FileSystem, Layer } from "effect"
import { Journal } from "../../src/journal/Journal.ts"
import { configLayer } from "./VaultOverHttp.ts"

export const memoryJournal = Journal.layer.pipe(Layer.provide([FileSystem.layerNoop({}), configLayer()]))
