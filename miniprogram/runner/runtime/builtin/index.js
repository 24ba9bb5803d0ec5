import { defineButton } from './button.js';
import { defineChoices } from './choices.js';
import { defineContainers } from './containers.js';
import { defineFields } from './fields.js';
import { defineForm } from './form.js';
import { definePicker } from './picker.js';
import { definePictures } from './pictures.js';
import { defineScrolling } from './scrolling.js';
import { defineTexts } from './texts.js';

const ALL = [
  defineContainers, defineTexts, definePictures, defineButton, defineFields, defineScrolling, defineChoices, defineForm, definePicker,
];

/**
 * WeChat's own components, for all pages.
 *
 * @param {import('glass-easel').ComponentSpace} space
 * @param {import('../boot.js').Host} host what the components ask of the phone
 */
export function defineBuiltin(space, host) {
  for (const defineSome of ALL) defineSome(space, host);
}
