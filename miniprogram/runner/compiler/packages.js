/** WeChat's limit for the main package and for each subpackage. */
export const PACKAGE_BYTES = 2 * 1024 * 1024;
/** And for all of them together. */
export const TOTAL_BYTES = 30 * 1024 * 1024;

/** @typedef {{name: string, bytes: number, files: number}} PackageSize */

/**
 * The root of the subpackage that a file belongs to; '' for the main package.
 *
 * @param {Pick<import('./app_config.js').AppConfig, 'subpackages'>} app
 * @param {string} file
 */
export function packageOf(app, file) {
  return app.subpackages.find(({ root }) => file.startsWith(`${root}/`))?.root ?? '';
}

/** In words. @param {Pick<import('./app_config.js').AppConfig, 'subpackages'>} app @param {string} file */
export function whereOf(app, file) {
  const root = packageOf(app, file);
  return root === '' ? 'the main package' : `the subpackage "${root}"`;
}

/**
 * What is uploaded, package by package: all files, used or not. WeChat compiles them, which makes most of them smaller.
 *
 * @param {import('./project.js').Project} project
 * @param {import('./app_config.js').AppConfig} app
 * @returns {PackageSize[]} the main package first
 */
export function measurePackages(project, app) {
  const sizes = new Map([['', { name: 'main', bytes: 0, files: 0 }]]);
  for (const { root } of app.subpackages) sizes.set(root, { name: root, bytes: 0, files: 0 });
  for (const [file, contents] of project.files) {
    const size = /** @type {PackageSize} */ (sizes.get(packageOf(app, file))); // every package is there
    size.bytes += contents.length;
    size.files += 1;
  }
  return [...sizes.values()];
}

/** Notes a problem for each package over its limit. @param {import('./project.js').Project} project @param {PackageSize[]} sizes */
export function checkPackages(project, sizes) {
  for (const { name, bytes } of sizes) {
    if (bytes > PACKAGE_BYTES) project.problems.add('app.json', 0, `package "${name}" has ${inKilobytes(bytes)}; the limit is 2,048 KB`);
  }
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > TOTAL_BYTES) project.problems.add('app.json', 0, `all packages together have ${inKilobytes(total)}; the limit is 30,720 KB`);
}

/** @param {number} bytes */
export function inKilobytes(bytes) {
  return `${Math.ceil(bytes / 1024).toLocaleString('en-US')} KB`;
}
