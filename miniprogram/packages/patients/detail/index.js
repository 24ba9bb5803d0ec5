import { today } from '../../../adapters/clock.js';
import { RELATIONSHIPS, fieldErrors, patientRow } from '../../../adapters/patient.js';
import { screen } from '../../../behaviors/screen.js';
import { editPatient, patientOf, removePatient } from '../../../services/patients.js';
import { prefer, preferences } from '../../../utils/preferences.js';
import { newKey } from '../../../utils/request.js';

const REMOVING =
  '移除后不能再用本账户为其预约，也看不到其履约等级。已有的预约和记录按规定由医院保存，不会删除；需要时可以重新添加。';

Page({
  behaviors: [screen],

  data: {
    patient: /** @type {ReturnType<typeof patientRow> | null} */ (null),
    facts: /** @type {{name: string, value: string}[]} */ ([]),
    relationships: RELATIONSHIPS,
    relationship: '',
    phone: '',
    problems: /** @type {Record<string, string>} */ ({}),
    isChanged: false,
    isSending: false,
  },

  /** @param {{id?: string}} query */
  onLoad({ id = '' }) {
    this.id = Number(id);
    this.key = newKey();
    return this.load();
  },

  load() {
    return this.fill(async () => {
      const patient = patientRow(await patientOf(this.id), today());
      const facts = [
        { name: '姓名', value: patient.name },
        { name: '性别和年龄', value: patient.person },
        { name: '出生日期', value: patient.birthDate || '未登记' },
        { name: '证件', value: patient.document },
        { name: '手机号', value: patient.phone },
      ];
      return { patient, facts, relationship: patient.relationshipCode, phone: '', isChanged: false, problems: {} };
    });
  },

  /** @param {any} event */
  chooseRelationship(event) {
    const relationship = event.currentTarget.dataset.code;
    this.setData({ relationship, problems: {}, isChanged: this.hasChanged(relationship, this.data.phone) });
  },

  /** @param {any} event */
  typePhone(event) {
    const phone = event.detail.value;
    this.setData({ phone, problems: {}, isChanged: this.hasChanged(this.data.relationship, phone) });
  },

  hasChanged(relationship, phone) {
    this.key = newKey();
    return phone !== '' || relationship !== this.data.patient?.relationshipCode;
  },

  async save() {
    const { relationship, phone } = this.data;
    await this.send(async () => {
      await editPatient(this.id, { relationship, ...(phone ? { phone } : {}) }, this.key);
      wx.showToast({ title: '已保存', icon: 'success' });
      await this.load();
    });
  },

  async remove() {
    const { confirm } = await wx.showModal({
      title: `移除${this.data.patient?.name}？`, content: REMOVING, confirmText: '移除', cancelText: '不移除', confirmColor: '#c0392b',
    });
    if (!confirm) return;
    await this.send(async () => {
      await removePatient(this.id, this.key);
      if (preferences().patient === this.id) prefer({ patient: null });
      wx.navigateBack();
    });
  },

  /** @param {() => Promise<void>} write */
  async send(write) {
    if (this.isBusy) return;
    this.isBusy = true;
    this.setData({ isSending: true, problems: {} });
    try {
      await write();
    } catch (error) {
      this.setData({ problems: fieldErrors(error) });
      if (!error.isPassing) this.key = newKey();
    } finally {
      this.isBusy = false;
      this.setData({ isSending: false });
    }
  },
});
