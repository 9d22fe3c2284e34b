/**
 * What an official AWS client package tells about its service, in the form the rest of this folder works with. The
 * packages export a schema per operation (documented by AWS in aws-sdk-js-v3, supplemental-docs/SCHEMAS.md): an array
 * that starts with 9 and is followed by namespace, name, traits, input and output.
 */
import type { NormalizedSchema } from "@smithy/core/schema"
import type { MiddlewareStack, StaticOperationSchema } from "@smithy/types"

/** The canonical name of a service: that of its client package without `@aws-sdk/client-`. */
export type ServiceId =
  | "cloudwatch-logs"
  | "dynamodb"
  | "ec2"
  | "iam"
  | "kms"
  | "lambda"
  | "s3"
  | "secrets-manager"
  | "sns"
  | "sqs"
  | "ssm"
  | "sts"

/** What every client of the SDK can do, whatever its service. */
export interface ApiClient {
  readonly send: (command: object, options: { readonly abortSignal: AbortSignal }) => Promise<unknown>
  readonly destroy: () => void
  readonly middlewareStack: MiddlewareStack<object, object>
}

/** One operation of one service. */
export interface Operation {
  readonly service: ServiceId
  /** AWS's own name, such as `ListTables`. */
  readonly name: string
  readonly input: NormalizedSchema
  readonly output: NormalizedSchema
  readonly Command: new (input: object) => object
  /** Only protocols that are REST say anything here; the others send POST to `/`. */
  readonly http: { readonly method: string; readonly uri: string; readonly code: number } | undefined
  /** Whether the package knows how to follow its pages; which members are the tokens is told by Pagination. */
  readonly paginated: boolean
  /** Members that are streams of events, either way; empty when there are none. */
  readonly events: { readonly input: string; readonly output: string }
}

/** A loaded service. */
export interface ServiceModel {
  readonly id: ServiceId
  readonly operations: ReadonlyMap<string, Operation>
  readonly Client: new (configuration: object) => ApiClient
}

/** The members of a structure that AWS requires: a structure lists them first and says how many they are. */
export const requiredMembers = (schema: NormalizedSchema): number => {
  const raw = schema.getSchema()
  const count: unknown = Array.isArray(raw) ? raw[6] : 0
  return typeof count === "number" ? count : 0
}

const members = new WeakMap<object, ReadonlyMap<string, NormalizedSchema>>()

/** The members of a structure by name, in AWS's order. Empty for anything else. */
export const membersOf = (schema: NormalizedSchema): ReadonlyMap<string, NormalizedSchema> => {
  const raw = schema.getSchema()
  if (typeof raw !== "object" || !schema.isStructSchema()) return new Map()
  const known = members.get(raw)
  if (known !== undefined) return known
  const found = new Map(schema.structIterator())
  members.set(raw, found)
  return found
}

/** Builds the model out of what the package exports; `undefined` when it is not a client with schemas. */
export const modelOf = (
  id: ServiceId,
  exports: Readonly<Record<string, unknown>>,
  normalize: (typeof NormalizedSchema)["of"],
): ServiceModel | undefined => {
  const operations = new Map<string, Operation>()
  let Client: ServiceModel["Client"] | undefined
  for (const [key, value] of Object.entries(exports)) {
    if (isOperation(value)) {
      const [, , name, traits, inputRef, outputRef] = value
      const Command = exports[`${name}Command`]
      if (typeof Command !== "function") continue
      const input = normalize(inputRef)
      const output = normalize(outputRef)
      operations.set(name, {
        service: id,
        name,
        input,
        output,
        Command: Command as Operation["Command"], // every export `<Operation>Command` is the class that takes the input
        http: httpOf(traits),
        paginated: `paginate${name}` in exports,
        events: { input: eventMember(input), output: eventMember(output) },
      })
    } else if (typeof value === "function" && /^[A-Z].*Client$/.test(key)) {
      // By the key of the export, not by the class's name: the base class `__Client` is exported as well.
      Client = value as ServiceModel["Client"]
    }
  }
  return Client === undefined || operations.size === 0 ? undefined : { id, operations, Client }
}

const isOperation = (value: unknown): value is StaticOperationSchema => Array.isArray(value) && value[0] === 9

const httpOf = (traits: unknown): Operation["http"] => {
  if (typeof traits !== "object" || traits === null || !("http" in traits) || !Array.isArray(traits.http)) {
    return undefined
  }
  const [method, uri, code]: ReadonlyArray<unknown> = traits.http
  return { method: String(method), uri: String(uri), code: Number(code) }
}

const eventMember = (schema: NormalizedSchema): string => (schema.isStructSchema() ? schema.getEventStreamMember() : "")
