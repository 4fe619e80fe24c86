#!/usr/bin/perl
# LemonLDAP::NG's portal as its package has it, with people of ours in the place of those of its demonstration: in
# people.json, read at each login, with a password each.
use strict;
use warnings;
use Plack::Handler::FCGI;
use Lemonldap::NG::Portal::Main;

package Counterpart::People;
use Mouse;
use JSON;
use Lemonldap::NG::Portal::Main::Constants qw(PE_OK PE_BADCREDENTIALS);
use Lemonldap::NG::Portal::UserDB::Demo;

extends 'Lemonldap::NG::Portal::Auth::_WebForm';

my %passwords;

sub extractFormInfo {
    my ( $self, $req ) = @_;
    open my $file, '<', $ENV{PEOPLE} or die "$ENV{PEOPLE}: $!";
    my $people = do { local $/; from_json( <$file> ) };
    %passwords = %{ $people->{passwords} };
    %Lemonldap::NG::Portal::UserDB::Demo::demoAccounts = %{ $people->{attributes} };
    %Lemonldap::NG::Portal::UserDB::Demo::demoGroups   = ();
    return $self->SUPER::extractFormInfo($req);
}

sub authenticate {
    my ( $self, $req ) = @_;
    return PE_OK if $passwords{ $req->{user} } eq $req->data->{password};
    $self->setSecurity($req);
    return PE_BADCREDENTIALS;
}

sub authLogout { return PE_OK; }

$INC{'Counterpart/People.pm'} = __FILE__;

package main;
Plack::Handler::FCGI->new->run( Lemonldap::NG::Portal::Main->run( {} ) );
