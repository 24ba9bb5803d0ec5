import { today } from '../../../adapters/clock.js';
import { consentGroups, missingConsents } from '../../../adapters/consent.js';
import { requiredConsents } from '../../../adapters/patient.js';
import { screen } from '../../../behaviors/screen.js';
import { me } from '../../../services/account.js';
import { giveConsent, listConsents, withdrawConsent } from '../../../services/consents.js';
import { listPatients } from '../../../services/patients.js';
import { newKey } from '../../../utils/request.js';

Page({
  behaviors: [screen],

  data: {
    missing: /** @type {ReturnType<typeof missingConsents>} */ ([]),
    given: /** @type {any[]} */ ([]),
    withdrawn: /** @type {any[]} */ ([]),
    problem: '',
    isSending: false,
  },

  onLoad() {
    this.key = newKey();
    return this.load();
  },

  load() {
    return this.fill(async () => {
      const [account, consents, patients] = await Promise.all([me(), listConsents(), listPatients()]);
      this.version = account.consent_version;
      const required = (patient) => requiredConsents({ birthDate: patient.birth_date ?? '', hasPrivacy: true }, today());
      const missing = missingConsents(consents, patients, this.version, required);
      const { given, withdrawn } = consentGroups(consents, patients);
      return { missing, given, withdrawn, isEmpty: missing.length + consents.length === 0 };
    });
  },

  /** @param {any} event */
  read(event) {
    const { kind, version = '' } = event.currentTarget.dataset;
    wx.navigateTo({ url: `/packages/account/text/index?kind=${kind}&version=${version}` });
  },

  /** @param {any} event */
  agree(event) {
    const { kind, patient } = this.data.missing[event.currentTarget.dataset.place];
    return this.send(() => giveConsent({ kind, version: this.version, ...(patient === null ? {} : { patient }) }, this.key));
  },

  /** @param {any} event */
  async withdraw(event) {
    const row = this.data.given[event.currentTarget.dataset.place];
    const { confirm } = await wx.showModal({
      title: `撤回“${row.name}”？`, content: row.meaning, confirmText: '撤回', cancelText: '不撤回', confirmColor: '#c0392b',
    });
    if (confirm) await this.send(() => withdrawConsent(row.id, this.key));
  },

  /** @param {() => Promise<any>} write */
  async send(write) {
    if (this.isBusy) return;
    this.isBusy = true;
    this.setData({ isSending: true, problem: '' });
    try {
      await write();
      this.key = newKey();
      await this.load();
    } catch (error) {
      this.setData({ problem: error.message });
      if (!error.isPassing) this.key = newKey();
    } finally {
      this.isBusy = false;
      this.setData({ isSending: false });
    }
  },
});
