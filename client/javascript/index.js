export { MockmarketError, Server, World, connect } from './control.js';
export { Inbox } from './inbox.js';
export { startServer } from './server.js';
export { SCHEMES, TOLERANCE_S, verify } from './verify.js';
