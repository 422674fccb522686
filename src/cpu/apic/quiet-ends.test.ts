/** Ends of interrupts that the local APIC isn't told of: machine/quiet-ends.ts. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { QuietEnds } from '../../machine/index.ts';
import { ApicRig as Rig } from '../stage/apic-rig.ts';
import { ApicBus } from './index.ts';
import { Register } from './registers.ts';

suite('ends that are told without it', () => {
  /** A guest that may clear its word. */
  class Word implements QuietEnds {
    isSet = false;
    #isLent = false;

    lend(): void {
      this.isSet = this.#isLent = true;
    }

    taken(): boolean {
      const isTaken = this.#isLent && !this.isSet;
      if (isTaken) this.#isLent = false;
      return isTaken;
    }

    recall(): void {
      if (this.#isLent) this.isSet = this.#isLent = false;
    }
  }

  const told = (): { readonly rig: Rig; readonly word: Word } => {
    const word = new Word();
    return { word, rig: new Rig(new ApicBus(), 0, word) };
  };

  test('an interrupt may be ended so, and the next comes behind it', () => {
    const { rig, word } = told();
    rig.request(0x41);
    assert.deepEqual([rig.take(), word.isSet, rig.read(Register.isr + 2)], [0x41, true, 2]);
    word.isSet = false;
    assert.equal(rig.read(Register.isr + 2), 0);
    assert.equal(rig.read(Register.ppr), 0);
    rig.request(0x31);
    assert.equal(rig.take(), 0x31);
  });

  test('where another one waits it is told by EOI, or nobody would look', () => {
    const { rig, word } = told();
    rig.request(0x41);
    rig.take();
    rig.request(0x31);
    assert.deepEqual([rig.take(), word.isSet], [undefined, false]);
    rig.write(Register.eoi, 0);
    assert.deepEqual([rig.take(), word.isSet], [0x31, true]);
    rig.request(0x51);
    assert.deepEqual([rig.take(), word.isSet], [0x51, true]);
    word.isSet = false;
    assert.equal(rig.read(Register.ppr), 0x30);
    rig.write(Register.eoi, 0);
    assert.equal(rig.read(Register.ppr), 0);
    for (const vector of [0x61, 0x71]) rig.request(vector);
    assert.deepEqual([rig.take(), word.isSet], [0x71, false]);
  });

  test('levels, whose end an I/O APIC wants to know, are not, and EOI ends one that could have been', () => {
    const { rig, word } = told();
    rig.request(0x41, true);
    assert.deepEqual([rig.take(), word.isSet], [0x41, false]);
    rig.write(Register.eoi, 0);
    rig.request(0x42);
    assert.deepEqual([rig.take(), word.isSet], [0x42, true]);
    rig.write(Register.eoi, 0);
    assert.deepEqual([word.isSet, rig.read(Register.isr + 2)], [false, 0]);
    assert.deepEqual(rig.heard, ['end 65']);
  });
});
