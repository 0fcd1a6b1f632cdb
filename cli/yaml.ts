import { isCollection, parseDocument, type Document } from 'yaml';
import { CliFailure, exitCodes } from './failure';

/** A spec is a few kilobytes; what is far beyond these is a mistake or an attack, and YAML parsers take minutes over it. */
const MAX_CHARACTERS = 64 * 1024;
const MAX_ALIASES = 20;
const MAX_DEPTH = 40;

const wrong = (message: string, cause?: unknown) => new CliFailure(exitCodes.input, message, { cause });

/**
 * Plain data from YAML 1.2 text that nobody vouches for: duplicate keys, unknown tags, several documents, alias bombs and
 * bottomless nesting are refused.
 * @param where how the text is called in an error
 * @throws {CliFailure} with exit code 2
 */
export function parseYaml(text: string, where: string): unknown {
  guard(text, where);
  return plain(parseDocument(text, { version: '1.2', logLevel: 'error' }), where);
}

/**
 * The value of `key=value`: a YAML scalar (3, 1e-3, true, text) or a flow collection ([1, 2], {name: adam}). Text that YAML
 * would read as a block, such as `why: because`, is text.
 */
export function parseYamlValue(text: string, where: string): unknown {
  guard(text, where);
  const document = parseDocument(text, { version: '1.2', logLevel: 'error' });
  const isBlock = isCollection(document.contents) && document.contents.flow !== true;
  if (isBlock || (document.errors.length > 0 && !/^\s*[[{"']/.test(text))) return text;
  return plain(document, where);
}

/** Runs before the parser, whose time and memory grow with the square of these, or worse. */
function guard(text: string, where: string): void {
  if (text.length > MAX_CHARACTERS)
    throw wrong(`${where} has ${text.length} characters; a spec has at most ${MAX_CHARACTERS}. Is it the right file?`);
  let depth = 0;
  for (const mark of text) {
    if (mark === '[' || mark === '{') depth++;
    else if (mark === ']' || mark === '}') depth = Math.max(0, depth - 1);
    if (depth > MAX_DEPTH) break;
  }
  const dashes = new RegExp(`(?:[-?][ \\t]+){${MAX_DEPTH}}`).test(text);
  if (depth > MAX_DEPTH || dashes) throw wrong(`${where} nests deeper than ${MAX_DEPTH} levels, which no spec does.`);
  const aliases = text.match(/(?:^|[\s,[{:])\*[^\s*]/gm)?.length ?? 0;
  if (aliases > MAX_ALIASES)
    throw wrong(
      `${where} has ${aliases} YAML aliases (*name); at most ${MAX_ALIASES} are allowed: write the lists out.`,
    );
}

function plain(document: Document.Parsed, where: string): unknown {
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw wrong(`${where} is not readable YAML: ${problem.message.trim()}`, problem);
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    JSON.stringify(value); // throws where an alias makes the value contain itself
    return value;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw wrong(`${where} uses YAML aliases in a way that is refused (${why}): write the lists out.`, error);
  }
}
