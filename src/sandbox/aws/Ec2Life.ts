/** The life of an instance as a pure matter of time: what it is now, and what start, stop and terminate make of it. */

/** States of an instance and the numbers that EC2 gives them. */
export const stateCodes = {
  pending: 0,
  running: 16,
  "shutting-down": 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const

/** The name of a state. */
export type StateName = keyof typeof stateCodes

/** A state since a moment; one that passes by itself also has the moment when it does. Milliseconds since the epoch. */
export interface Life {
  readonly name: StateName
  readonly since: number
  readonly passesAt?: number
}

/** How long pending, stopping and shutting-down last, in milliseconds. */
export const TRANSITION_MS = 1500

/** How long a terminated instance stays listed (EC2: about an hour). */
const LISTED_MS = 60 * 60 * 1000

const afterwards: Readonly<Partial<Record<StateName, StateName>>> = {
  pending: "running",
  stopping: "stopped",
  "shutting-down": "terminated",
}

/** A state that passes by itself after a while. */
export const passing = (name: "pending" | "stopping" | "shutting-down", now: number, lasts = TRANSITION_MS): Life => ({
  name,
  since: now,
  passesAt: now + lasts,
})

/** What a life has come to by now. */
export const lifeAt = (life: Life, now: number): Life => {
  const next = afterwards[life.name]
  return next === undefined || life.passesAt === undefined || now < life.passesAt
    ? life
    : { name: next, since: life.passesAt }
}

/** Whether an instance is forgotten by now. */
export const isForgotten = (life: Life, now: number): boolean => {
  const current = lifeAt(life, now)
  return current.name === "terminated" && now - current.since >= LISTED_MS
}

/** What a verb makes of a settled life; undefined where EC2 answers IncorrectInstanceState. */
export type Verb = (life: Life, now: number) => Life | undefined

/** Start: a running or pending one stays what it is. */
export const start: Verb = (life, now) => {
  if (life.name === "stopped") return passing("pending", now)
  return life.name === "running" || life.name === "pending" ? life : undefined
}

/** Stop: a stopped or stopping one stays what it is. */
export const stop: Verb = (life, now) => {
  if (life.name === "running") return passing("stopping", now)
  return life.name === "stopped" || life.name === "stopping" ? life : undefined
}

/** Stop with Force: also ends a stopping that takes its time. */
export const forceStop: Verb = (life, now) => (life.name === "stopping" ? passing("stopping", now) : stop(life, now))

/** Terminate: works in every state; one that is gone stays gone, a stopped one needs no shutting down. */
export const terminate: Verb = (life, now) => {
  if (life.name === "terminated" || life.name === "shutting-down") return life
  return life.name === "stopped" ? { name: "terminated", since: now } : passing("shutting-down", now)
}
