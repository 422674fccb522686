/** Whether docs/coverage/techniques.json has every technique that works here; that it has the clauses of each is checked by `npm run ok`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCoverage } from '../../tools/generate/coverage.ts';
import { whyNot } from '../stage/stage.ts';
import { subjects } from './subjects.ts';

for (const { technique } of subjects) {
  const reason = await whyNot(technique);
  test(`${technique} is published`, { ...(reason !== undefined && { skip: reason }) }, () => {
    const published = readCoverage()?.techniques.map((one) => one.technique);
    assert.ok(published?.includes(technique), `tools/node tools/coverage.ts, then read the diff`);
  });
}
