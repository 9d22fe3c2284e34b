/**
 * The workflows that come with the program: the files in workflows/, as `npm run docs` writes them into library.json, so
 * that they are part of the bundle. They are read like anybody's file.
 */
import library from "./library.json" with { type: "json" }

/** Names and texts of the shipped workflows. */
export const LIBRARY: ReadonlyMap<string, string> = new Map(Object.entries(library))
