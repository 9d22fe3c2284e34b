/** What to write into AWS when it refuses sts:AssumeRole, from its own words about who wanted what. Pure. */

/** Who was refused which role, as AWS tells it: `User: ARN is not authorized to perform: sts:AssumeRole on resource: ARN`. */
const REFUSED =
  /User: (arn:\S+) is not authorized to perform: sts:(?:AssumeRole|TagSession) on resource: (arn:[^\s."]+)/

/** A session is trusted by the role it came from: its own ARN changes with each session. */
const lasting = (arn: string): string =>
  arn.replace(/^(arn:[\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\/.*$/, "$1:iam::$2:role/$3")

const trustPolicy = (principal: string): string =>
  [
    "{",
    '  "Version": "2012-10-17",',
    '  "Statement": [',
    '    { "Effect": "Allow", "Action": "sts:AssumeRole",',
    `      "Principal": { "AWS": "${principal}" } }`,
    "  ]",
    "}",
  ].join("\n")

/** What lets Vault assume the role. `roleArn`: what is known of it where AWS's words do not tell. */
export const letAssume = (words: string, roleArn: string | undefined): string => {
  const [, user, named] = REFUSED.exec(words) ?? []
  const who = user === undefined ? "arn:aws:iam::123456789012:user/vault" : lasting(user)
  const role = named ?? roleArn ?? "the role of AWS"
  const name = /role\/(?:.*\/)?([^/]+)$/.exec(role)?.[1] ?? "NAME"
  const identity = `allow sts:AssumeRole on ${role} in a policy of ${who}`
  const trust = `give ${role} this trust policy (aws iam update-assume-role-policy --role-name ${name})`
  // AWS tells it when the user's own side is what is missing.
  return /no identity-based policy allows/.test(words)
    ? `${identity}; if it is refused still, ${trust}:\n${trustPolicy(who)}`
    : `${trust}, and ${identity}:\n${trustPolicy(who)}`
}
