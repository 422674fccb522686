/** What a registry says when it refuses: distribution-spec v1.1, "Error Codes". */
import { absent, asList, asObject, asText, parseDocument } from '../document/json.ts';

export interface RegistryError {
  /** `MANIFEST_UNKNOWN`, `TOOMANYREQUESTS` … */
  readonly code: string;
  /** One line for people, shortened; may be empty. */
  readonly message: string;
}

/** The errors in the body of an answer; none where it is something else. */
export const parseErrors = (body: string): readonly RegistryError[] => {
  try {
    return asList(parseDocument(body, 'the answer')['errors'], 'errors', (value, what) => {
      const { code, message } = asObject(value, what);
      return { code: asText(code, what), message: absent(message) ? '' : oneLine(asText(message, what)) };
    });
  } catch {
    return [];
  }
};

/** Foreign text as part of one line on a terminal. */
export const oneLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 200);
