/** A URL of several hosts or none, which the platform's own parser does not take. */
export interface AddressParts {
  readonly scheme: string;
  readonly kind: "" | "+unix" | "+sentinel" | "+cluster";
  readonly isTls: boolean;
  /** As they stand, with %-escapes. */
  readonly user: string;
  readonly password: string;
  readonly hosts: string;
  /** With its slash; empty if there is none. */
  readonly path: string;
  /** What nobody has taken yet. */
  readonly parameters: ReadonlyMap<string, string>;
  take(parameter: string): string | undefined;
}

const PATTERN =
  /^(?<scheme>redis(?<tls>s)?(?<kind>\+unix|\+sentinel|\+cluster)?):\/\/(?:(?<user>[^/?#:]*)(?::(?<password>[^/?#]*))?@)?(?<hosts>[^/?#@]*)(?<path>\/[^?#]*)?(?:\?(?<query>[^#]*))?$/;

/** Undefined if it is not such a URL. */
export function partsOf(url: string): AddressParts | undefined {
  const found = PATTERN.exec(url)?.groups;
  if (found === undefined) return undefined;
  const parameters = new Map(new URLSearchParams(found["query"] ?? ""));
  return {
    scheme: found["scheme"] ?? "",
    // The pattern has no others.
    kind: (found["kind"] ?? "") as AddressParts["kind"],
    isTls: found["tls"] !== undefined,
    user: found["user"] ?? "",
    password: found["password"] ?? "",
    hosts: found["hosts"] ?? "",
    path: found["path"] ?? "",
    parameters,
    take: (parameter) => {
      const value = parameters.get(parameter);
      parameters.delete(parameter);
      return value;
    },
  };
}
