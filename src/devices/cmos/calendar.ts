/** The clock's registers as bytes, in BCD or binary, of 12 hours or 24: MC146818A data sheet, table 3. */

/** Of register B. */
export const Format = { hours24: 0x02, binary: 0x04 } as const;

export const Register = { second: 0, minute: 2, hour: 4, weekday: 6, day: 7, month: 8, year: 9, century: 0x32 } as const;
const afternoon = 0x80;
const secondsPerDay = 86_400;

/** A day's hours, as register 4 has them. */
export const hourByte = (hour: number, format: number): number => {
  if ((format & Format.hours24) !== 0) return encode(hour, format);
  return encode(hour % 12 === 0 ? 12 : hour % 12, format) | (hour >= 12 ? afternoon : 0);
};

export const hourOf = (byte: number, format: number): number => {
  if ((format & Format.hours24) !== 0) return decode(byte, format);
  const hour = decode(byte & ~afternoon, format);
  return (hour % 12) + ((byte & afternoon) !== 0 ? 12 : 0);
};

export const encode = (value: number, format: number): number =>
  (format & Format.binary) !== 0 ? value & 0xff : ((Math.floor(value / 10) << 4) | (value % 10)) & 0xff;

export const decode = (byte: number, format: number): number => ((format & Format.binary) !== 0 ? byte : 10 * (byte >> 4) + (byte & 15));

/** Seconds since 1970 into a clock's registers. */
export const putDate = (ram: Uint8Array, seconds: number, format: number): void => {
  const date = new Date(seconds * 1000);
  ram[Register.second] = encode(date.getUTCSeconds(), format);
  ram[Register.minute] = encode(date.getUTCMinutes(), format);
  ram[Register.hour] = hourByte(date.getUTCHours(), format);
  ram[Register.weekday] = encode(date.getUTCDay() + 1, format);
  ram[Register.day] = encode(date.getUTCDate(), format);
  ram[Register.month] = encode(date.getUTCMonth() + 1, format);
  ram[Register.year] = encode(date.getUTCFullYear() % 100, format);
  ram[Register.century] = encode(Math.floor(date.getUTCFullYear() / 100) % 100, format);
};

/** Seconds since 1970. What is no date becomes one: the 31st of June is the 1st of July. The day of the week follows from the date. */
export const takeDate = (ram: Uint8Array, format: number): number => {
  const at = (register: number): number => decode(ram[register] ?? 0, format);
  const date = new Date(0);
  date.setUTCFullYear(100 * at(Register.century) + at(Register.year), at(Register.month) - 1, at(Register.day));
  return date.getTime() / 1000 + hourOf(ram[Register.hour] ?? 0, format) * 3600 + at(Register.minute) * 60 + at(Register.second);
};

/** The first second after another one at which an alarm is due: its bytes for second, minute and hour. Undefined where it never is. */
export const nextAlarm = (after: number, ram: Uint8Array, format: number): number | undefined => {
  const second = wanted(ram[Register.second + 1] ?? 0, (byte) => decode(byte, format), 60);
  const minute = wanted(ram[Register.minute + 1] ?? 0, (byte) => decode(byte, format), 60);
  const hour = wanted(ram[Register.hour + 1] ?? 0, (byte) => hourOf(byte, format), 24);
  if (second === undefined || minute === undefined || hour === undefined) return undefined;
  const day = Math.floor((after + 1) / secondsPerDay) * secondsPerDay;
  const from = after + 1 - day;
  const first = firstFrom(from, hour, minute, second) ?? secondsPerDay + (firstFrom(0, hour, minute, second) ?? 0);
  return day + first;
};

/** A value, or -1 for any; undefined where no clock ever shows it. The two highest bits are "don't care". */
const wanted = (byte: number, decoded: (byte: number) => number, bound: number): number | undefined => {
  if (byte >= 0xc0) return -1;
  const value = decoded(byte);
  return value < bound ? value : undefined;
};

/** Of one day, in seconds since its midnight. */
const firstFrom = (from: number, hour: number, minute: number, second: number): number | undefined => {
  for (let h = Math.floor(from / 3600); h < 24; h++) {
    if (hour >= 0 && h !== hour) continue;
    for (let m = h * 3600 >= from ? 0 : Math.floor((from % 3600) / 60); m < 60; m++) {
      if (minute >= 0 && m !== minute) continue;
      const begin = h * 3600 + m * 60;
      const s = second >= 0 ? second : Math.max(0, from - begin);
      if (s < 60 && begin + s >= from) return begin + s;
    }
  }
  return undefined;
};
