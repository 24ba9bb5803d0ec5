/** Tags of WeChat's own components that the runner can show; the compiler writes `<view>` as `<wx-view>` and so on. */
export const BUILTIN_TAGS = [
  'button', 'canvas', 'checkbox', 'checkbox-group', 'cover-image', 'cover-view', 'form', 'icon', 'image', 'input', 'label', 'navigator',
  'page-meta', 'picker', 'progress', 'radio', 'radio-group', 'rich-text', 'root-portal', 'scroll-view', 'slider', 'swiper',
  'swiper-item', 'switch', 'text', 'textarea', 'video', 'view',
];

/** Tags that are template syntax rather than components. */
export const SYNTAX_TAGS = ['block', 'import', 'include', 'slot', 'template', 'wxs'];
