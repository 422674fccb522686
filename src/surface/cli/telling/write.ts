/** Writing that notices when nobody reads any more. */

/** Standard output or error went away; `cause` says how. */
export class OutputLost extends Error {
  override readonly name = 'OutputLost';
}

/** Resolves when the text has been handed over; rejects with OutputLost. */
export const write = (stream: NodeJS.WritableStream, text: string | Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    // Without a listener the same error would also be thrown at the event loop.
    if (stream.listenerCount('error', ignore) === 0) stream.on('error', ignore);
    stream.write(text, (error) => (error ? reject(new OutputLost(error.message, { cause: error })) : resolve()));
  });

const ignore = (): void => {};
