/** What WeChat would not take, found while building: gathered, so that one run names all of it. */
export class Problems {
  constructor() {
    /** @type {{file: string, line: number, message: string}[]} */
    this.list = [];
  }

  /** @param {string} file @param {number} line 1-based; 0 where the whole file is meant @param {string} message */
  add(file, line, message) {
    if (!this.list.some((known) => known.file === file && known.line === line && known.message === message)) {
      this.list.push({ file, line, message });
    }
  }

  /** One line each, `file:line: message`, in the order of the files. */
  toString() {
    return [...this.list]
      .sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
      .map(({ file, line, message }) => `${file}${line ? `:${line}` : ''}: ${message}`)
      .join('\n');
  }
}

/** The build was refused; `problems` says why. */
export class BuildRefused extends Error {
  /** @param {Problems} problems */
  constructor(problems) {
    super(problems.toString());
    this.problems = problems.list;
  }
}

/** @param {string} text @param {number} offset @returns {number} the 1-based line of a character */
export function lineAt(text, offset) {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** @param {string} text @param {string} needle @returns {number} the line in which `needle` first stands, 0 where it does not */
export function lineOf(text, needle) {
  const at = text.indexOf(needle);
  return at === -1 ? 0 : lineAt(text, at);
}
