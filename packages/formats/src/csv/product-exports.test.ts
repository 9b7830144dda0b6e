import { expect, it } from 'vitest';
import { recognise } from '../index.ts';
import { complaints } from '../json/test-json-formats.ts';
import { expectNeverThrows, read } from '../test-formats.ts';
import { csv } from './csv.ts';

/** The last row's event of a table. */
function f(table: string, fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  expect(recognise(table)?.name).toBe('csv');
  const event = read(csv, table).at(-1)?.event ?? {};
  expect(Object.fromEntries(Object.keys(fields).map((name) => [name, event[name]]))).toEqual(fields);
  expect(complaints(event)).toEqual([]);
  return event;
}

it("reads the event history of CloudTrail's console", () => {
  const header =
    'User name,AWS access key,Event time,Event source,Event name,AWS region,Source IP address,User agent,Error code,Resources,Request ID,Event ID,Read-only,Event type,Recipient account ID,Event category\n';
  const row = (user: string, call: string, code = '', resources = '[]') =>
    `${header}${user},AKIA,2024-05-01T10:00:00Z,${call},us-east-1,203.0.113.7,aws-cli/2,${code},"${resources}",r1,e1,false,AwsApiCall,1,Management\n`;
  f(row('alice', 's3.amazonaws.com,PutBucketPolicy', '', '[{""resourceType"":""AWS::S3::Bucket"",""resourceName"":""b""}]'), {
    user_id: 'alice',
    actor_type: 'user',
    event_type: 'PutBucketPolicy',
    action: 'share',
    outcome: 'success',
    resource: 'b',
    ip_address: '203.0.113.7',
    source_event_id: 'e1',
    credential_id: 'AKIA',
  });
  f(row('bob', 'ec2.amazonaws.com,TerminateInstances', 'Client.UnauthorizedOperation'), { action: 'delete', outcome: 'denied' });
  // How a sign-in ended is not among the columns.
  f(row('root', 'signin.amazonaws.com,ConsoleLogin').replace('AwsApiCall', 'AwsConsoleSignIn'), { action: 'login', outcome: 'unknown' });
});

it("reads tables over CloudTrail's files", () => {
  const header =
    'eventversion,eventtime,eventsource,eventname,awsregion,sourceipaddress,errorcode,requestparameters,useridentity.type,useridentity.arn\n';
  const row = (parameters: string) =>
    `${header}1.08,2024-05-01T10:00:00Z,s3.amazonaws.com,GetObject,us-east-1,203.0.113.7,AccessDenied,"${parameters}",IAMUser,arn:aws:iam::1:user/alice\n`;
  f(row('{""bucketName"":""b"",""key"":""k""}'), { user_id: 'arn:aws:iam::1:user/alice', resource: 'arn:aws:s3:::b/k', outcome: 'denied' });
  f(row('{cut'), { user_id: 'arn:aws:iam::1:user/alice', resource: 's3.amazonaws.com' });
  expect(read(csv, row('[['.repeat(5000) + ']]'.repeat(5000))).at(-1)).toMatchObject({ result: 'quarantine', code: 'too_deep' });
});

it("reads Okta's System Log as its console exports it", () => {
  const header =
    'actor.alternate_id,actor.display_name,actor.id,actor.type,client.ip_address,client.user_agent.raw_user_agent,authentication_context.external_session_id,event_type,outcome.reason,outcome.result,target0.alternate_id,target0.id,target0.type,target1.display_name,target1.id,target1.type,timestamp,transaction.id,uuid\n';
  f(
    `${header}alice@example.com,Alice,00u1,User,203.0.113.7,Mozilla,ses,group.user_membership.add,,SUCCESS,bob@example.com,00u2,User,Admins,g,UserGroup,2024-05-01T10:00:00.123Z,T,u-1\n`,
    {
      user_id: '00u1',
      user_email: 'alice@example.com',
      action: 'grant',
      outcome: 'success',
      resource: 'Admins',
      target_user_id: '00u2',
      ip_address: '203.0.113.7',
      session_id: 'ses',
      source_event_id: 'u-1',
    },
  );
  f(
    `${header}alice@example.com,Alice,00u1,User,203.0.113.7,Mozilla,ses,user.session.start,INVALID_CREDENTIALS,FAILURE,,,,,,,2024-05-01T10:00:00.123Z,T,u-1\n`,
    { action: 'login', category: 'authentication', outcome: 'failure', reason: 'INVALID_CREDENTIALS', target_user_id: undefined },
  );
});

it("reads GitHub's audit log as its pages export it", () => {
  const header = 'action,actor,user,actor_location.country_code,org,repo,created_at,data.hook_id\n';
  f(`${header}org.add_member,octocat,codertocat,US,octo-org,,1429548104000,\n`, {
    user_id: 'octocat',
    target_user_id: 'codertocat',
    action: 'grant',
    outcome: 'success',
    resource: 'octo-org',
    country_code: 'US',
    timestamp: '2015-04-20T16:41:44.000000Z',
  });
  f('action,actor,actor_is_bot,_document_id,org,created_at\ngit.push,deploy,true,d,acme,1429548104000\n', { actor_type: 'service' });
});

it('leaves the tables of others as they are', () => {
  const last = (table: string) => read(csv, table).at(-1)?.event;
  expect(last('action,actor,object,time\ncart.add,ana,book,1704164645\n')).toMatchObject({ user_id: 'ana', resource: 'book' });
  // A row that is none of the product's.
  expect(last('action,actor,actor_ip,created_at\nread,ana,203.0.113.7,2024-01-02T03:04:05Z\n')).toMatchObject({
    user_id: 'ana',
    event_type: 'read',
  });
  expectNeverThrows(csv, 'actor.id,actor,actor.id.x,event_type,outcome.result,uuid,__proto__,target0.id,target0\n1,2,3,4,5,6,7,8,9\n', 50);
});
