"""The code that signing in asks for besides the password: an authenticator app, and recovery codes.

allauth.mfa keeps the secrets and brings the stages of a sign-in; what is written is written by our actions.
"""
