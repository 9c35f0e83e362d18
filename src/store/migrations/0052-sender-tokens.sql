-- A token bound to one sender (MSH-3|MSH-4): it sees the documents of that sender and nothing else.
-- Additive. Its role is 'sender', which a program one version older does not know: it refuses such a token.
alter table api_token add column sender text;
alter table api_token add constraint api_token_sender check ((role = 'sender') = (sender is not null));
