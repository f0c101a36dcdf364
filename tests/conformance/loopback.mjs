// Loaded before the suite (`node --import`): binds all its listeners to the loopback interface. The
// suite reads `address()` synchronously after `listen(0)`, so it cannot be given a host name, which
// Node resolves asynchronously.
import net from 'node:net';

const listen = net.Server.prototype._listen2;

net.Server.prototype._listen2 = function (address, port, addressType, backlog, fd, flags) {
  const isSocket = typeof port === 'number' && port >= 0 && (fd === undefined || fd === null || fd === -1);
  if (isSocket && !address) {
    return listen.call(this, '127.0.0.1', port, 4, backlog, fd, flags);
  }
  return listen.call(this, address, port, addressType, backlog, fd, flags);
};
