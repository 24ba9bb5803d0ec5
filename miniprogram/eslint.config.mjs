import js from '@eslint/js';
import wxmlParser from '@wxml/parser';
import wxml from 'eslint-plugin-wxml';

const readonly = (names) => Object.fromEntries(names.split(' ').map((name) => [name, 'readonly']));
const EVERYWHERE = 'console setTimeout clearTimeout setInterval clearInterval';
const MINIPROGRAM = readonly(`${EVERYWHERE} wx App Page Component Behavior getApp getCurrentPages`);
const WEB = 'URL URLSearchParams TextEncoder fetch structuredClone performance AbortController FormData Response Blob Event TextDecoderStream';
const NODE = readonly(`${EVERYWHERE} ${WEB} process Buffer`);
const BROWSER = readonly(
  `${EVERYWHERE} ${WEB} window document location localStorage navigator parent crypto matchMedia addEventListener innerWidth innerHeight ` +
    'devicePixelRatio getComputedStyle requestAnimationFrame cancelAnimationFrame Element HTMLElement HTMLInputElement Node Text DOMParser Image CSS EventSource __miniprogram',
);

const RULES = {
  ...js.configs.recommended.rules,
  'max-len': ['error', { code: 140, ignoreTemplateLiterals: true, ignoreStrings: true }],
  'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
  'no-var': 'error',
  'prefer-const': 'error',
  eqeqeq: 'error',
};
const scripts = (files, globals) => ({
  files,
  languageOptions: { ecmaVersion: 2024, sourceType: 'module', globals },
  rules: RULES,
});

export default [
  { ignores: ['miniprogram_npm/', 'node_modules/'] },
  scripts(['app.js', '{adapters,behaviors,components,packages,pages,services,utils}/**/*.js'], MINIPROGRAM),
  scripts(['runner/*.{js,mjs}', 'runner/{compiler,npm,server}/**/*.js', 'eslint.config.mjs', '{tests,smoke}/**/*.{js,mjs}'], NODE),
  // What a test evaluates in the page is the browser's.
  scripts(['runner/testing/*.js', 'smoke/*.mjs', 'tests/browser/*.mjs'], { ...NODE, ...BROWSER }),
  scripts(['runner/runtime/**/*.js'], BROWSER),
  {
    files: ['{components,packages,pages}/**/*.wxml'],
    plugins: { wxml },
    languageOptions: { parser: wxmlParser },
    rules: {
      'wxml/report-wxml-syntax-error': 'error',
      'wxml/report-wxs-syntax-error': 'error',
      'wxml/report-interpolation-error': 'error',
      'wxml/no-duplicate-attributes': 'error',
      'wxml/no-inconsistent-tagname': 'error',
      'wxml/no-vue-directive': 'error',
      'wxml/no-unexpected-string-bool': 'error',
      'wxml/no-wx-for-with-wx-else': 'error',
      'wxml/no-dynamic-wx-key': 'error',
      'wxml/wx-key': 'error',
      'wxml/wxs-module-prop': 'error',
      'wxml/quotes': ['error', 'double'],
    },
  },
];
