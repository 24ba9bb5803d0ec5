import assert from 'node:assert/strict';
import { test } from 'node:test';

import { departmentGroups, departmentRow, distance } from '../../adapters/hospital.js';

const department = (changes = {}) => ({ id: 1, name: '儿科', location: '2 层', minimum_age: null, maximum_age: null, sex_limit: '', ...changes });

test('a distance is told as exactly as it is worth', () => {
  assert.deepEqual(
    [null, undefined, 4, 347, 999, 2430, 99_900, 123_456].map(distance),
    ['', '', '0 米', '350 米', '1000 米', '2.4 公里', '99.9 公里', '123 公里'],
  );
});

test('a department says where it is and whom it takes', () => {
  assert.equal(departmentRow(department({ maximum_age: 14 })).note, '2 层 · 14 岁及以下');
  assert.equal(departmentRow(department({ location: '', minimum_age: 18, maximum_age: 60 })).note, '18 岁及以上、60 岁及以下');
  assert.equal(departmentRow(department({ sex_limit: 'female' })).note, '2 层 · 仅限女性');
  assert.equal(departmentRow(department({ location: '' })).note, '');
});

test('departments are found by their own name and by that of their subject', () => {
  const groups = [
    { name: '儿科', departments: [department(), department({ id: 2, name: '新生儿门诊' })] },
    { name: '', departments: [department({ id: 3, name: '体检' })] },
  ];
  const found = (words) => departmentGroups(groups, words).map((group) => [group.name, group.departments.map(({ id }) => id)]);
  assert.deepEqual(found(''), [['儿科', [1, 2]], ['其他科室', [3]]]);
  assert.deepEqual(found(' 新生 '), [['儿科', [2]]]);
  assert.deepEqual(found('儿科'), [['儿科', [1, 2]]]);
  assert.deepEqual(found('骨科'), []);
});
