/** An API of `wx` fails: the caller gets `{errMsg: "<api>:fail <reason>", …}`. */
export class Failure extends Error {
  /** @param {string} reason @param {object} [extra] such as `{errno: 104}` */
  constructor(reason, extra = {}) {
    super(reason);
    this.extra = extra;
  }
}
