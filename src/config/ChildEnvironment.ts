/**
 * What of our environment a program that we start gets to see: enough to be found, to write temporary files and to speak
 * the user's language. A list of what is let through, not of what is kept back: tokens come under any name.
 */

const PASSED: ReadonlyArray<string> = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "TMPDIR",
  "TZ",
  "LANG",
  "LC_ALL",
  "LC_CTYPE",
  // without these programs do not start on Windows
  "SystemRoot",
  "PATHEXT",
  "TEMP",
  "TMP",
  "USERPROFILE",
  "APPDATA",
  "LOCALAPPDATA",
]

/** The variables of `env` that a program may have. A value that a shell exported as a function is none of them. */
export const childEnvironment = (env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    PASSED.flatMap((name) => {
      const value = env[name]
      return value === undefined || value.startsWith("()") ? [] : [[name, value] as const]
    }),
  )
