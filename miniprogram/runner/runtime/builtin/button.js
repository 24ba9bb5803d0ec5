import { phoneNumber } from '../wx/person.js';
import { showHover } from './containers.js';
import { define, onTap, preset, tell } from './define.js';

/** @import { BuiltinComponent, How } from './define.js' */
/** @import { FormMethods } from './form.js' */
/** @typedef {{draw(): void}} Drawn */

const PROPERTIES = {
  size: preset(String, 'default'), type: preset(String, 'default'), plain: Boolean, disabled: Boolean, loading: Boolean, formType: String,
  openType: String, hoverClass: preset(String, 'button-hover'), hoverStopPropagation: Boolean, hoverStartTime: preset(Number, 20),
  hoverStayTime: preset(Number, 70), lang: String, sessionFrom: String, sendMessageTitle: String, sendMessagePath: String,
  sendMessageImg: String, appParameter: String, showMessageCard: Boolean, phoneNumberNoQuotaToast: preset(Boolean, true),
  activityType: String, entrancePath: String, needShowEntrance: Boolean,
};

/** @param {import('glass-easel').ComponentSpace} space @param {import('../boot.js').Host} host */
export function defineButton(space, host) {
  define(space, 'button', PROPERTIES, /** @type {How<typeof PROPERTIES, Drawn>} */ ({
    attached(element) {
      element.setAttribute('role', 'button');
      this.draw();
      showHover(this, element);
      onTap(this, () => !this.data.disabled && pressed(this, element, host));
    },
    observers: {
      'disabled, size, type, plain, loading'() {
        this.draw();
      },
    },
    methods: {
      draw() {
        const { disabled, size, type, plain, loading } = this.data;
        for (const [name, isOn] of Object.entries({ disabled, plain, loading })) this.$$.toggleAttribute(name, isOn);
        this.$$.dataset.size = size;
        this.$$.dataset.type = type;
      },
    },
  }));
}

/** @param {BuiltinComponent<typeof PROPERTIES>} component @param {HTMLElement} element @param {import('../boot.js').Host} host */
async function pressed(component, element, host) {
  for (const openType of component.data.openType.split('|').filter(Boolean)) {
    if (openType === 'agreePrivacyAuthorization') {
      host.privacy.buttonTapped(component.id || element.id);
      host.privacy.agree();
      tell(component, 'agreeprivacyauthorization', { errMsg: 'agreePrivacyAuthorization:ok' });
    } else if (openType === 'getPhoneNumber') tell(component, 'getphonenumber', await phoneNumber(host));
    else if (openType === 'share') host.share('button', component);
    else if (openType === 'openSetting') tell(component, 'opensetting', await host.wx().openSetting({}));
    else if (openType === 'contact') tell(component, 'contact', { errMsg: 'enterContact:ok', path: '', query: {} });
  }
  const form = /** @type {BuiltinComponent<{}, FormMethods> | undefined} */ (element.closest('wx-form')?.wxComponent);
  const { formType } = component.data;
  if (formType === 'submit' || formType === 'reset') form?.[formType]();
}
