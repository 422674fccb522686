/**
 * How often something is loaded until it is here: when a network of its host comes, goes or gets another address, Chromium breaks off
 * whatever is under way (ERR_NETWORK_CHANGED), be it from that host itself. Containers, VPNs and isola's own environments do that.
 */
export const mostTries = 8;

/** Such changes come several at a time. */
export const untilNextTry = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 250));
