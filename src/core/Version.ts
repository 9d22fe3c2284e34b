/** The version of this program, as it names itself to Vault, to AWS and to MCP clients. */
export const VERSION = "0.1.0"
