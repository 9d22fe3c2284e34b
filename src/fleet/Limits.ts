/** How long a server may take over what it is asked. One place, so that tests need not wait. */
import { Context, Duration } from "effect"

export const Limits = Context.Reference("vault-aws-mcp/fleet/Limits", {
  defaultValue: () => ({
    /** The opening that older servers do not know is waited for so long before the older one is tried. */
    probe: Duration.seconds(5),
    /** From the start of the program to the end of the handshake. */
    handshake: Duration.seconds(30),
    /** One page of the list of tools, and the whole list. */
    page: Duration.seconds(20),
    list: Duration.seconds(60),
    /** Between two questions whether it lives, and for the answer. */
    health: Duration.seconds(30),
    ping: Duration.seconds(10),
    /** Each step of its end (closed stdin, SIGTERM, SIGKILL) while this process goes on. */
    patience: Duration.seconds(1),
  }),
})
