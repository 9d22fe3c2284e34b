/** The libraries of this folder, in one piece that is loaded at the first use of git. */
import * as git from "isomorphic-git"
import { GitIndexManager } from "isomorphic-git/managers"
import { FileSystem } from "isomorphic-git/models"

export { git, GitIndexManager, FileSystem }
