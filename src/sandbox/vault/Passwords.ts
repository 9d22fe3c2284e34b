/** Passwords of users, kept as a salted hash, as a matter of habit. */
import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto"

/** What is kept of a password. */
export interface Password {
  readonly salt: Buffer
  readonly hash: Buffer
}

const hashed = (password: string, salt: Buffer): Buffer => scryptSync(password, salt, 32, { N: 1024 })

/** What to keep of a new password. */
export const newPassword = (password: string): Password => {
  const salt = randomBytes(16)
  return { salt, hash: hashed(password, salt) }
}

/** Whether it is the password. */
export const isPassword = (kept: Password, given: string): boolean =>
  timingSafeEqual(hashed(given, kept.salt), kept.hash)
