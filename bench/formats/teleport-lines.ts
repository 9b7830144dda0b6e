import { ip, type Line, pick, stamp, USERS, uuid } from './lines.ts';

export const teleport: Line = (random, i) => {
  const common = {
    ei: i % 20,
    time: stamp(i),
    uid: uuid(i),
    cluster_name: 'main.example.com',
    user: `${pick(random, USERS)}@example.com`,
    user_kind: 1,
  };
  const from = { 'addr.remote': `${ip(random)}:51515`, 'addr.local': '10.0.0.1:3022', sid: uuid(9) };
  return JSON.stringify(
    pick<object>(random, [
      { ...common, ...from, event: 'user.login', code: 'T1000I', success: true, method: 'local' },
      {
        ...common,
        ...from,
        event: 'session.start',
        code: 'T2000I',
        login: 'root',
        proto: 'ssh',
        server_id: uuid(5),
        server_hostname: 'web-1',
      },
      {
        ...common,
        ...from,
        event: 'db.session.query',
        code: 'TDB02I',
        db_service: 'orders',
        db_protocol: 'postgres',
        db_name: 'shop',
        db_user: 'app',
        db_query: 'SELECT id, name FROM customers WHERE id = $1',
        success: true,
      },
      {
        ...common,
        ...from,
        event: 'kube.request',
        code: 'T3009I',
        kubernetes_cluster: 'prod',
        verb: 'GET',
        request_path: '/api/v1/namespaces/shop/pods',
        resource_namespace: 'shop',
        resource_kind: 'pods',
        response_code: 200,
      },
    ]),
  );
};
