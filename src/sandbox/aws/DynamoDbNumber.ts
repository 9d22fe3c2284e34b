/** DynamoDB's numbers: decimals of up to 38 digits, sent as text. Exact, since JavaScript's numbers are not. */

/** `mantissa × 10^exponent`, without trailing zeros in the mantissa; zero is `0 × 10^0`. */
export interface Decimal {
  readonly mantissa: bigint
  readonly exponent: number
}

const normal = (mantissa: bigint, exponent: number): Decimal => {
  if (mantissa === 0n) return { mantissa: 0n, exponent: 0 }
  let rest = mantissa
  let power = exponent
  while (rest % 10n === 0n) {
    rest /= 10n
    power++
  }
  return { mantissa: rest, exponent: power }
}

const digitsOf = (decimal: Decimal): number => decimal.mantissa.toString().replace("-", "").length

/** Reads a number; `undefined`: not one, or outside DynamoDB's 38 digits and ±1E126. */
export const parseDecimal = (text: string): Decimal | undefined => {
  const match = /^([+-]?)(\d{0,200})(?:\.(\d{0,200}))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text.trim())
  const whole = match?.[2] ?? ""
  const fraction = match?.[3] ?? ""
  if (match === null || whole + fraction === "") return undefined
  const mantissa = BigInt(whole + fraction) * (match[1] === "-" ? -1n : 1n)
  const decimal = normal(mantissa, Number(match[4] ?? 0) - fraction.length)
  const magnitude = decimal.exponent + digitsOf(decimal)
  return digitsOf(decimal) > 38 || magnitude > 126 || (decimal.mantissa !== 0n && magnitude < -129)
    ? undefined
    : decimal
}

const aligned = (a: Decimal, b: Decimal): readonly [left: bigint, right: bigint, exponent: number] => {
  const exponent = Math.min(a.exponent, b.exponent)
  const scale = (decimal: Decimal) => decimal.mantissa * 10n ** BigInt(decimal.exponent - exponent)
  return [scale(a), scale(b), exponent]
}

/** Negative, zero or positive, as for sorting. */
export const compareDecimals = (a: Decimal, b: Decimal): number => {
  const [left, right] = aligned(a, b)
  return left < right ? -1 : left > right ? 1 : 0
}

/** The sum. */
export const addDecimals = (a: Decimal, b: Decimal): Decimal => {
  const [left, right, exponent] = aligned(a, b)
  return normal(left + right, exponent)
}

/** The number with its sign turned. */
export const negate = (decimal: Decimal): Decimal => ({ ...decimal, mantissa: -decimal.mantissa })

/** As DynamoDB gives numbers back: plain digits, in exponent form only where those would be long. */
export const formatDecimal = ({ mantissa, exponent }: Decimal): string => {
  const sign = mantissa < 0n ? "-" : ""
  const digits = (mantissa < 0n ? -mantissa : mantissa).toString()
  if (exponent >= 0 && exponent + digits.length <= 38) return sign + digits + "0".repeat(exponent)
  const point = digits.length + exponent
  if (exponent < 0 && point > 0) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
  if (exponent < 0 && point > -20) return `${sign}0.${"0".repeat(-point)}${digits}`
  return `${sign}${digits}E${exponent}`
}
