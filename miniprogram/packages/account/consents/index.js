import { today } from '../../../adapters/clock.js';
import { consentGroups, missingConsents } from '../../../adapters/consent.js';
import { requiredConsents } from '../../../adapters/patient.js';
import { screen } from '../../../behaviors/screen.js';
import { sending } from '../../../behaviors/sending.js';
import { me } from '../../../services/account.js';
import { giveConsent, listConsents, withdrawConsent } from '../../../services/consents.js';
import { listPatients } from '../../../services/patients.js';

Page({
  behaviors: [screen, sending],

  data: {
    missing: /** @type {ReturnType<typeof missingConsents>} */ ([]),
    given: /** @type {any[]} */ ([]),
    withdrawn: /** @type {any[]} */ ([]),
  },

  onLoad() {
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
    return this.send(`give ${kind} ${patient}`, (key) => giveConsent({ kind, version: this.version, ...(patient === null ? {} : { patient }) }, key));
  },

  /** @param {any} event */
  async withdraw(event) {
    const row = this.data.given[event.currentTarget.dataset.place];
    const { confirm } = await wx.showModal({
      title: `撤回“${row.name}”？`, content: row.meaning, confirmText: '撤回', cancelText: '不撤回', confirmColor: '#c0392b',
    });
    if (confirm) await this.send(`withdraw ${row.id}`, (key) => withdrawConsent(row.id, key));
  },

  /** How many texts stand. */
  stateOf() {
    return this.data.given.length;
  },
});
