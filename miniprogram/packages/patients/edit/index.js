import { today } from '../../../adapters/clock.js';
import { CONSENT_NAMES } from '../../../adapters/consent.js';
import { DOCUMENTS, readDocument } from '../../../adapters/document.js';
import {
  NO_DOCUMENT, RELATIONSHIPS, SEXES, fieldErrors, guardiansAmong, newPatientOf, problemsOf, requiredConsents,
} from '../../../adapters/patient.js';
import { screen } from '../../../behaviors/screen.js';
import { me } from '../../../services/account.js';
import { giveConsent, listConsents } from '../../../services/consents.js';
import { addPatient, listPatients } from '../../../services/patients.js';
import { newKey } from '../../../utils/request.js';

const EMPTY = {
  name: '', documentType: '01', documentNumber: '', sex: '', birthDate: '', phone: '', relationship: '', guardian: null, consents: [],
  hasPrivacy: true,
};

Page({
  behaviors: [screen],

  data: {
    form: /** @type {import('../../../adapters/patient.js').Form} */ ({ ...EMPTY }),
    /** What is wrong, by field. */
    problems: /** @type {Record<string, string>} */ ({}),
    kinds: [...DOCUMENTS.map(({ code, name, hint }) => ({ code, name, hint })), { code: NO_DOCUMENT, name: '暂无证件的儿童', hint: '' }],
    kind: 0,
    relationships: RELATIONSHIPS,
    sexes: SEXES,
    guardians: /** @type {{id: number, name: string}[]} */ ([]),
    guardian: -1,
    /** The number itself tells birth date and sex. */
    isRead: false,
    agreements: /** @type {{kind: string, name: string}[]} */ ([]),
    isMinor: false,
    today: today(),
    isSending: false,
  },

  onLoad() {
    this.key = newKey();
    return this.load();
  },

  load() {
    return this.fill(async () => {
      const [account, patients, consents] = await Promise.all([me(), listPatients(), listConsents()]);
      this.version = account.consent_version;
      const hasPrivacy = consents.some((each) => each.kind === 'privacy' && each.version === this.version && !each.withdrawn_at);
      const hasSelf = patients.some((each) => each.relationship === 'self');
      const form = { ...EMPTY, hasPrivacy, relationship: hasSelf ? '' : 'self' };
      return {
        form,
        guardians: guardiansAmong(patients, today()),
        relationships: hasSelf ? RELATIONSHIPS.filter(({ code }) => code !== 'self') : RELATIONSHIPS,
        ...agreed(form),
      };
    });
  },

  /** Takes what was filled in; a field that is being mended is not complained about. */
  change(changes, field = '') {
    const form = { ...this.data.form, ...changes };
    this.setData({ form, ...agreed(form), problems: { ...this.data.problems, [field]: '', form: '' } });
    this.key = newKey();
  },

  /** @param {any} event */
  typeName(event) {
    this.change({ name: event.detail.value }, 'name');
  },

  /** @param {any} event */
  typePhone(event) {
    this.change({ phone: event.detail.value }, 'phone');
  },

  /** @param {any} event */
  chooseKind(event) {
    const kind = Number(event.detail.value);
    const documentType = this.data.kinds[kind].code;
    const relationship = documentType === NO_DOCUMENT ? 'child' : this.data.form.relationship;
    this.setData({ kind });
    this.change({ documentType, relationship, documentNumber: '', guardian: null, sex: '', birthDate: '' }, 'document_number');
    this.setData({ isRead: false, guardian: -1, problems: {} });
  },

  /** @param {any} event */
  typeNumber(event) {
    const documentNumber = event.detail.value;
    const { birthDate, sex } = readDocument(this.data.form.documentType, documentNumber, this.data.today);
    if (birthDate) this.change({ documentNumber, birthDate, sex }, 'document_number');
    else this.change(this.data.isRead ? { documentNumber, birthDate: '', sex: '' } : { documentNumber }, 'document_number');
    this.setData({ isRead: Boolean(birthDate) });
  },

  leaveNumber() {
    const { documentType, documentNumber } = this.data.form;
    if (!documentNumber) return;
    const { problem } = readDocument(documentType, documentNumber, this.data.today);
    this.setData({ problems: { ...this.data.problems, document_number: problem } });
  },

  /** @param {any} event */
  chooseBirthDate(event) {
    this.change({ birthDate: event.detail.value }, 'birth_date');
  },

  /** @param {any} event */
  chooseSex(event) {
    this.change({ sex: event.currentTarget.dataset.code }, 'sex');
  },

  /** @param {any} event */
  chooseRelationship(event) {
    this.change({ relationship: event.currentTarget.dataset.code }, 'relationship');
  },

  /** @param {any} event */
  chooseGuardian(event) {
    const guardian = Number(event.detail.value);
    this.setData({ guardian });
    this.change({ guardian: this.data.guardians[guardian].id }, 'guardian');
  },

  /** @param {any} event */
  tick(event) {
    const { kind } = event.currentTarget.dataset;
    const { consents } = this.data.form;
    this.change({ consents: consents.includes(kind) ? consents.filter((each) => each !== kind) : [...consents, kind] }, 'consents');
  },

  /** @param {any} event */
  read(event) {
    wx.navigateTo({ url: `/packages/account/text/index?kind=${event.currentTarget.dataset.kind}` });
  },

  async submit() {
    const { form } = this.data;
    if (this.isBusy) return;
    const problems = problemsOf(form, this.data.today);
    this.setData({ problems });
    if (Object.keys(problems).length) {
      wx.showToast({ title: '请检查标红的内容', icon: 'none' });
      return;
    }
    this.isBusy = true;
    this.setData({ isSending: true });
    try {
      if (!form.hasPrivacy) await giveConsent({ kind: 'privacy', version: this.version }, `${this.key}-privacy`);
      const patient = await addPatient(newPatientOf(form, this.version), this.key);
      this.getOpenerEventChannel?.().emit?.('added', patient);
      wx.navigateBack();
    } catch (error) {
      this.setData({ problems: fieldErrors(error) });
      if (!error.isPassing) this.key = newKey();
      // Another text is in force by now: it has to be read and ticked anew.
      if (error.code === 'consent-version-outdated') await this.readAnew();
    } finally {
      this.isBusy = false;
      this.setData({ isSending: false });
    }
  },

  async readAnew() {
    this.version = (await me()).consent_version;
    this.change({ consents: [], hasPrivacy: false }, 'consents');
    this.setData({ problems: { consents: '同意的文本已更新，请重新阅读并勾选。' } });
  },
});

/** What there is to agree to for this person. */
function agreed(form) {
  const kinds = requiredConsents(form, today());
  return { agreements: kinds.map((kind) => ({ kind, name: CONSENT_NAMES[kind] })), isMinor: kinds.includes('minor-data') };
}
