/** Whether an item meets a condition. What cannot be compared (an attribute that is not there, two types) is false. */
import type { Comparator, Condition, Operand, Predicate } from "./DynamoDbCondition.ts"
import { type Path, valueAt } from "./DynamoDbTokens.ts"
import { type AttributeValue, compareValues, type Item, sameValue, sizeOf, typeOf } from "./DynamoDbValue.ts"

const resolve = (operand: Operand, item: Item): AttributeValue | undefined => {
  if (operand._tag === "value") return operand.value
  const value = valueAt(item, operand.path)
  if (operand._tag === "path" || value === undefined) return value
  const size = sizeOf(value)
  return size === undefined ? undefined : { N: String(size) }
}

const compares = (left: AttributeValue | undefined, sign: Comparator, right: AttributeValue | undefined): boolean => {
  if (left === undefined || right === undefined) return sign === "<>" && left !== right
  if (sign === "=") return sameValue(left, right)
  if (sign === "<>") return !sameValue(left, right)
  const order = compareValues(left, right)
  if (order === undefined) return false
  switch (sign) {
    case "<":
      return order < 0
    case "<=":
      return order <= 0
    case ">":
      return order > 0
    case ">=":
      return order >= 0
  }
}

const contains = (value: AttributeValue, wanted: AttributeValue): boolean => {
  if ("S" in value && "S" in wanted) return value.S.includes(wanted.S)
  if ("SS" in value && "S" in wanted) return value.SS.includes(wanted.S)
  if ("BS" in value && "B" in wanted) return value.BS.includes(wanted.B)
  if ("NS" in value && "N" in wanted) return value.NS.some((member) => sameValue({ N: member }, wanted))
  return "L" in value && value.L.some((member) => sameValue(member, wanted))
}

const holds = (name: Predicate, path: Path, argument: AttributeValue | undefined, item: Item): boolean => {
  const value = valueAt(item, path)
  if (name === "ATTRIBUTE_EXISTS") return value !== undefined
  if (name === "ATTRIBUTE_NOT_EXISTS") return value === undefined
  if (value === undefined || argument === undefined) return false
  switch (name) {
    case "ATTRIBUTE_TYPE":
      return "S" in argument && typeOf(value) === argument.S
    case "BEGINS_WITH":
      if ("B" in value && "B" in argument) {
        const prefix = Buffer.from(argument.B, "base64")
        return Buffer.from(value.B, "base64").subarray(0, prefix.length).equals(prefix)
      }
      return "S" in value && "S" in argument && value.S.startsWith(argument.S)
    case "CONTAINS":
      return contains(value, argument)
  }
}

/** Asks a condition of an item. */
export const meets = (condition: Condition, item: Item): boolean => {
  switch (condition._tag) {
    case "and":
      return meets(condition.left, item) && meets(condition.right, item)
    case "or":
      return meets(condition.left, item) || meets(condition.right, item)
    case "not":
      return !meets(condition.inner, item)
    case "compare":
      return compares(resolve(condition.left, item), condition.sign, resolve(condition.right, item))
    case "between": {
      const value = resolve(condition.operand, item)
      return compares(value, ">=", resolve(condition.low, item)) && compares(value, "<=", resolve(condition.high, item))
    }
    case "in": {
      const value = resolve(condition.operand, item)
      return condition.among.some((operand) => compares(value, "=", resolve(operand, item)))
    }
    case "predicate": {
      const argument = condition.argument === undefined ? undefined : resolve(condition.argument, item)
      return holds(condition.name, condition.path, argument, item)
    }
  }
}
